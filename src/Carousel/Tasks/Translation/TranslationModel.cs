using System.Text.Json;
using System.Text.Json.Nodes;
using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Metrics;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Reports;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;

namespace Carousel.Tasks.Translation;

/// <summary>A trained translation model: network, tokenisers and the recipe it came from, as one model file holds them.</summary>
public sealed class TranslationModel
{
    // Sentences measured at a time: enough to fill the products.
    private const int Batch = 64;

    private TranslationModel(ModelFile file, Seq2Seq network, TranslationRecipe? recipe) => (File, Network, Recipe) = (file, network, recipe);

    /// <summary>As deployment takes it.</summary>
    public ModelFile File { get; }

    /// <summary>The network with its trained weights.</summary>
    public Seq2Seq Network { get; }

    /// <summary>The tokeniser of the source language.</summary>
    public Tokenizer Source => File.SourceTokenizer ?? Target;

    /// <summary>The tokeniser of the target language.</summary>
    public Tokenizer Target => File.Tokenizer!;

    /// <summary>How it was trained; null when the file does not say.</summary>
    public TranslationRecipe? Recipe { get; }

    /// <summary>Writes a model file.</summary>
    /// <param name="path">The file; written atomically.</param>
    /// <param name="network">Network and weights.</param>
    /// <param name="data">Whose tokenisers.</param>
    /// <param name="recipe">How it was trained, resolved.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, Seq2Seq network, TranslationData data, TranslationRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        FileOf(network, data, recipe).Save(path);
    }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or no translation model.</exception>
    public static TranslationModel Load(string path)
    {
        ModelFile file = ModelFile.Load(path);
        if (file.Config is not Seq2SeqConfig config)
        {
            throw new ModelFileException(path, $"holds a model for the task '{file.Config.Task}', expected 'translate'");
        }

        var network = new Seq2Seq(config, new RandomSource(0));
        NetworkWeights.Load(network.Parameters, file);
        return new TranslationModel(file, network, file.Recipe is null ? null : TranslationRecipeJson.Shared.Read<TranslationRecipe>(file.Recipe, $"{path}, recipe"));
    }

    /// <summary>How the recipe of a model looks for translations; nothing else of the recipe is read. Null when the model has none that says so.</summary>
    /// <param name="file">The model.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="ModelFileException">The recipe is damaged there.</exception>
    public static BeamConfig? SearchOf(ModelFile file, string path)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return file.Recipe is { } recipe && JsonNode.Parse(recipe) is JsonObject keys && keys["beam"] is { } beam
                ? TranslationRecipeJson.Shared.Read<BeamConfig>(beam.ToJsonString(), "recipe.beam")
                : null;
        }
        catch (Exception e) when (e is JsonException or ConfigException)
        {
            throw new ModelFileException(path, $"holds a recipe that cannot be read: {e.Message}");
        }
    }

    /// <summary>Measures a network on sentence pairs: how improbable it finds each translation, every token and the end of each counted once.</summary>
    /// <param name="network">Network and weights.</param>
    /// <param name="pairs">The sentence pairs, 1 or more.</param>
    /// <param name="tape">For inference; reset as it goes.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    public static Perplexity Evaluate(Seq2Seq network, TokenPairs pairs, Tape tape, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(tape);
        double[] sums = new double[pairs.Count];
        bool isFirst = true;
        foreach (int[] part in Parts(pairs))
        {
            cancellation.ThrowIfCancellationRequested();
            tape.Reset(keepsWeights: !isFirst);
            isFirst = false;
            var batch = SentenceBatch.Of([.. part.Select(at => pairs.Source[at])], [.. part.Select(at => pairs.Target[at])], network.Config);
            Tensor terms = network.Loss(tape, network.Read(tape, batch.Source, batch.Lengths), batch.Inputs, batch.Targets, reduction: Reduction.None);
            for (int at = 0; at < terms.Length; at++)
            {
                sums[part[at % part.Length]] += terms.Values[at];
            }
        }

        tape.Reset();
        return new Perplexity(sums.Sum(), pairs.TargetTokens);
    }

    /// <summary>Metrics by name, as reports and JSON spell them.</summary>
    public static IReadOnlyDictionary<string, double> Metrics(Perplexity perplexity)
    {
        ArgumentNullException.ThrowIfNull(perplexity);
        return new Dictionary<string, double> { ["perplexity"] = perplexity.Value, ["bits_per_token"] = perplexity.BitsPerToken, ["nll"] = perplexity.NllMean };
    }

    /// <summary>Measures the model on sentence pairs as training does.</summary>
    /// <param name="pairs">The sentence pairs, 1 or more.</param>
    /// <param name="workers">Threads to use.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    public Perplexity Evaluate(TokenPairs pairs, Workers workers, CancellationToken cancellation = default) =>
        Evaluate(Network, pairs, new Tape(workers: workers, isRecording: false), cancellation);

    /// <summary>Measures the model on sentence pairs as deployment runs it, in any precision, beside float32.</summary>
    /// <param name="pairs">The sentence pairs, 1 or more.</param>
    /// <param name="options">How to compile it.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <returns>Both measures, and the largest difference of a token's log-probability between the two.</returns>
    public (Perplexity Found, Perplexity Exact, float LargestDifference) Evaluate(TokenPairs pairs, CompileOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(options);
        using CompiledModel model = CompiledModel.Compile(File, options), reference = CompiledModel.Compile(File, options with { Precision = Precision.Float32 });
        double sum = 0, exactSum = 0;
        float largest = 0;
        foreach (int[] part in Parts(pairs))
        {
            int[][] sentences = [.. part.Select(at => Sentence(pairs.Source[at]))], targets = [.. part.Select(at => (int[])[.. pairs.Target[at], Network.Config.EndIndex])];
            using DecoderStream stream = model.OpenDecoder(sentences, sentences.Length), exact = reference.OpenDecoder(sentences, sentences.Length);
            int[] rows = [.. Enumerable.Range(0, sentences.Length)];
            for (int step = 0; step < targets.Max(target => target.Length); step++)
            {
                cancellation.ThrowIfCancellationRequested();
                int[] last = [.. targets.Select(target => step == 0 ? Network.Config.BeginIndex : target[Math.Min(step, target.Length) - 1])];
                stream.Step(rows, last);
                exact.Step(rows, last);
                foreach (int row in rows.Where(row => step < targets[row].Length))
                {
                    ReadOnlySpan<float> found = stream.LogProbabilities(row), expected = exact.LogProbabilities(row);
                    sum -= found[targets[row][step]];
                    exactSum -= expected[targets[row][step]];
                    for (int token = 0; token < found.Length; token++)
                    {
                        largest = Math.Max(largest, Math.Abs(found[token] - expected[token]));
                    }
                }
            }
        }

        return (new Perplexity(sum, pairs.TargetTokens), new Perplexity(exactSum, pairs.TargetTokens), largest);
    }

    /// <summary>Translates sentences as deployment does and compares what comes with their references.</summary>
    /// <param name="pairs">The sentence pairs, 1 or more.</param>
    /// <param name="perplexity">Of the references, as <see cref="Evaluate(TokenPairs, Workers, CancellationToken)"/> measures it.</param>
    /// <param name="beam">How translations are looked for.</param>
    /// <param name="options">How the model is compiled.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    public TranslationScore Score(TokenPairs pairs, Perplexity perplexity, BeamConfig beam, CompileOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var translator = Translator.From(File, "the model", options);
        return TranslationScore.Of(perplexity, [.. translator.Translate(pairs.Text.Source, beam, cancellation).Select(sentence => sentence.Text)], pairs);
    }

    /// <summary>Where the model looks while it writes, most probable token by token.</summary>
    /// <param name="source">Ids of a sentence, without its end.</param>
    /// <returns>The tokens that are read and written, ends included, and for each that is written the weights of those that are read; null without attention.</returns>
    public Alignment? Align(int[] source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (Network.Config.Attention == AttentionKind.None)
        {
            return null;
        }

        int[] sentence = Sentence(source);
        using CompiledModel model = CompiledModel.Compile(File, new CompileOptions());
        using DecoderStream stream = model.OpenDecoder([sentence], 1);
        var written = new List<int>();
        var weights = new List<IReadOnlyList<float>>();
        for (int last = Network.Config.BeginIndex; last != Network.Config.EndIndex && written.Count < Longest(sentence); written.Add(last))
        {
            stream.Step([0], [last]);
            last = GreedySearch.MostProbable(stream.LogProbabilities(0));
            weights.Add(stream.Attention(0).ToArray());
        }

        return new Alignment([.. sentence.Select(id => Shown(Source, id))], [.. written.Select(id => Shown(Target, id))], weights);
    }

    /// <summary>What <see cref="Save"/> writes, in memory.</summary>
    internal static ModelFile FileOf(Seq2Seq network, TranslationData data, TranslationRecipe recipe) =>
        new(network.Config, NetworkWeights.Stored(network.Parameters), recipe: TranslationRecipeJson.Shared.Write(recipe), tokenizer: data.Target, sourceTokenizer: recipe.JointTokenizer ? null : data.Source);

    // Sentences of similar length together.
    private static IEnumerable<int[]> Parts(TokenPairs pairs) => Enumerable.Range(0, pairs.Count).OrderBy(at => pairs.Target[at].Length).Chunk(Batch);

    private int[] Sentence(int[] ids) => [.. ids.Take(Network.Config.MaxSourceLength), Network.Config.EndIndex];

    private int Longest(int[] sentence) => Math.Min(Network.Config.MaxTargetLength, (2 * sentence.Length) + 10);

    private string Shown(Tokenizer tokenizer, int id) => id == Network.Config.EndIndex ? "■" : tokenizer.Decode([tokenizer.IdOf(Tokenizer.Begin), id]);
}
