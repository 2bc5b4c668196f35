using System.Diagnostics;
using System.Text.Json;
using Carousel.Numerics;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;

namespace Carousel.Benchmarks;

/// <summary>Carousel's side of bench/comparison/decoding.py: reads one JSON command per line and answers one JSON line (bench/comparison/README.md, "Decoding").</summary>
internal sealed class DecodingWorker(string path, CompileOptions options, TextReader commands, TextWriter answers)
{
    // The end is then the most probable token about once in a dozen.
    private const float EndBias = 5.5f;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    /// <summary>Answers until the commands end.</summary>
    public void Run()
    {
        using var model = CompiledModel.Load(path, options);
        Answer(new { engine = "carousel", version = $"{typeof(CompiledModel).Assembly.GetName().Version?.ToString(3)}, {model.Kernel} kernels" });
        while (commands.ReadLine() is { } line)
        {
            Command command = JsonSerializer.Deserialize<Command>(line, Json) ?? throw new FormatException($"'{line}' is not a command");
            var seconds = new List<double>();
            var written = new List<IReadOnlyList<int>>();
            foreach (int[][] part in command.Sources.Chunk(command.Batch))
            {
                long start = Stopwatch.GetTimestamp();
                written.AddRange(Translate(model, part, command));
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            double total = seconds.Sum();
            seconds.Sort();
            Answer(new { seconds = total, median = seconds[seconds.Count / 2], translations = written });
        }
    }

    /// <summary>Writes a model of the recipe multi30k-attention with weights drawn at random, whose sentences end after about as many tokens as real ones do.</summary>
    public static void WriteModel(string path)
    {
        const int vocabulary = 6000;
        var config = new Seq2SeqConfig
        {
            SourceVocabularySize = vocabulary,
            TargetVocabularySize = vocabulary,
            Layers = 1,
            Bidirectional = true,
            Bridge = BridgeKind.Final,
            Attention = AttentionKind.LuongGeneral,
            AttentionalSize = 256,
            InputFeeding = true,
            Tied = TiedEmbeddings.All,
        };
        var random = new RandomSource(1);
        var tensors = new List<StoredTensor>();
        foreach (ParameterSpec parameter in config.Parameters())
        {
            float[] values = new float[parameter.Count];
            float scale = parameter.Name == "target_embedding.weight" ? 0.5f : 2 / MathF.Sqrt(parameter.Shape[^1]);
            foreach (ref float value in values.AsSpan())
            {
                value = scale * random.NextNormal();
            }

            if (parameter.Name == "head.bias")
            {
                values[config.EndIndex] = EndBias;
            }

            tensors.Add(StoredTensor.FromSingles(parameter.Name, parameter.Shape, values));
        }

        string[] words = [.. Tokenizer.SpecialSymbols, .. Enumerable.Range(0, vocabulary - Tokenizer.SpecialSymbols.Count).Select(word => $"w{word}")];
        new ModelFile(config, tensors, tokenizer: new WordTokenizer(words)).Save(path);
    }

    private static IEnumerable<IReadOnlyList<int>> Translate(CompiledModel model, int[][] sources, Command command)
    {
        var config = (Seq2SeqConfig)model.Config;
        var search = new BeamConfig { Beam = command.Beam, LengthPenalty = command.Alpha };
        using DecoderStream stream = model.OpenDecoder(sources, sources.Length * command.Beam);
        return [.. BeamSearch.Run(stream, config.BeginIndex, config.EndIndex, [.. sources.Select(source => (2 * (source.Length - 1)) + 10)], search).Select(found => found[0].Tokens)];
    }

    private void Answer(object answer)
    {
        answers.WriteLine(JsonSerializer.Serialize(answer));
        answers.Flush();
    }

    private sealed record Command(int[][] Sources, int Batch, int Beam, double Alpha);
}
