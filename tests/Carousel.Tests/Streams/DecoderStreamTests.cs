using Carousel.Autograd;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tests.Cells;

namespace Carousel.Tests.Streams;

/// <summary>Translation models in the runtime: the numbers of training, and the laws.</summary>
public sealed class DecoderStreamTests
{
    private const int Words = 37, Begin = 2, End = 3;

    private static readonly Seq2SeqConfig Plain = new() { SourceVocabularySize = Words, TargetVocabularySize = Words, EmbeddingSize = 6, HiddenSize = 8, Layers = 2, Dropout = 0 };

    private static readonly Dictionary<string, Seq2SeqConfig> Configs = new()
    {
        ["plain"] = Plain,
        ["both directions, copied"] = Plain with { Bidirectional = true, SourceVocabularySize = Words + 3 },
        ["luong general, mean bridge, target tied"] = Plain with { Bidirectional = true, Bridge = BridgeKind.Mean, Attention = AttentionKind.LuongGeneral, Tied = TiedEmbeddings.Target },
        ["luong dot, final bridge, all tied"] = Plain with { Layers = 1, Bidirectional = true, Bridge = BridgeKind.Final, Attention = AttentionKind.LuongDot, AttentionalSize = 6, Tied = TiedEmbeddings.All },
        ["luong general, fed, several panels"] = Plain with
        {
            Bidirectional = true,
            Bridge = BridgeKind.Final,
            Attention = AttentionKind.LuongGeneral,
            InputFeeding = true,
            AttentionalSize = 70,
            HiddenSize = 76,
            Tied = TiedEmbeddings.All,
            SourceVocabularySize = 201,
            TargetVocabularySize = 201,
        },
        ["bahdanau, fed, one direction"] = Plain with { Attention = AttentionKind.Bahdanau, AttentionSize = 7, InputFeeding = true },
    };

    private static readonly int[] Lengths = [5, 1, 70, 17, 5];

    public static TheoryData<string> Names => [.. Configs.Keys];

    public static TheoryData<string, Precision, int> Ways =>
        [.. Configs.Keys.SelectMany(name => Enum.GetValues<Precision>().SelectMany(precision => ((int[])[1, 2]).Select(threads => (name, precision, threads))))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_same_bits_as_the_training_library(string name)
    {
        Seq2Seq network = Make(name);
        int[][] sources = Sentences(network.Config);
        using CompiledModel model = CompiledModel.Compile(Saved(network));
        using DecoderStream stream = model.OpenDecoder(sources, sources.Length);
        int[][] written = [.. Enumerable.Range(0, 6).Select(step => sources.Select((_, at) => step == 0 ? Begin : 4 + ((step * 5) + at) % 20).ToArray())];
        float[][] found = new float[sources.Length][], looked = new float[sources.Length][];
        foreach (int[] tokens in written)
        {
            stream.Step([0, 1, 2, 3, 4], tokens);
            for (int row = 0; row < sources.Length; row++)
            {
                found[row] = [.. found[row] ?? [], .. stream.LogProbabilities(row)];
                looked[row] = [.. looked[row] ?? [], .. stream.Attention(row)];
            }
        }

        for (int at = 0; at < sources.Length; at++)
        {
            var tape = new Tape(isRecording: false);
            (Tensor output, Tensor? weights) = network.Write(tape, network.Read(tape, sources[at], [sources[at].Length]), written.Select(tokens => tokens[at]).ToArray());
            float[] expected = network.Logits(tape, output).Values.ToArray();
            for (int step = 0; step < written.Length; step++)
            {
                Span<float> row = expected.AsSpan(step * network.Config.TargetVocabularySize, network.Config.TargetVocabularySize);
                KernelCatalog.Selected.LogSoftmax(row, row);
            }

            RecurrentVariants.AssertSameBits(expected, found[at], $"{name}, sentence {at}");
            RecurrentVariants.AssertSameBits(weights is null ? [] : weights.Values, looked[at], $"{name}, attention of sentence {at}");
        }
    }

    /// <summary>Laws 3, 5 and 7: hypotheses that fork, move and end give the bits of each sentence alone.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Search_of_a_batch_gives_the_bits_of_each_sentence_alone(string name, Precision precision, int threads)
    {
        Seq2Seq network = Make(name);
        int[][] sources = Sentences(network.Config);
        ModelFile file = Saved(network);
        using CompiledModel model = CompiledModel.Compile(file, new CompileOptions { Precision = precision, Threads = threads });
        using CompiledModel single = CompiledModel.Compile(file, new CompileOptions { Precision = precision });
        foreach (int beam in (int[])[1, 4])
        {
            var config = new BeamConfig { Beam = beam, Best = beam, CoveragePenalty = network.Config.Attention == AttentionKind.None ? 0 : 0.1 };
            int[] longest = [.. Enumerable.Range(0, sources.Length).Select(at => 3 + at)];
            IReadOnlyList<IReadOnlyList<Hypothesis>> together = Search(model, sources, longest, config);
            for (int at = 0; at < sources.Length; at++)
            {
                IReadOnlyList<Hypothesis> alone = Search(single, [sources[at]], [longest[at]], config)[0];
                Assert.Equal(
                    alone.Select(hypothesis => (string.Join(' ', hypothesis.Tokens), hypothesis.LogProbability, hypothesis.Score)),
                    together[at].Select(hypothesis => (string.Join(' ', hypothesis.Tokens), hypothesis.LogProbability, hypothesis.Score)));
                using DecoderStream greedy = single.OpenDecoder([sources[at]], 1);
                Assert.True(beam > 1 || GreedySearch.Run(greedy, Begin, End, longest[at]).SequenceEqual(alone[0].Tokens), "a beam of one is not greedy");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Step_every_precision_is_near_float32_and_allocates_nothing(string name, Precision precision, int threads)
    {
        Seq2Seq network = Make(name);
        int[][] sources = Sentences(network.Config);
        ModelFile file = Saved(network);
        using CompiledModel model = CompiledModel.Compile(file, new CompileOptions { Precision = precision, Threads = threads }), exact = CompiledModel.Compile(file);
        using DecoderStream stream = model.OpenDecoder(sources, 12), reference = exact.OpenDecoder(sources, 12);
        stream.Step([0, 1, 2, 3, 4], [Begin, Begin, Begin, Begin, Begin]);
        reference.Step([0, 1, 2, 3, 4], [Begin, Begin, Begin, Begin, Begin]);
        for (int row = 0; row < sources.Length; row++)
        {
            float[] found = stream.LogProbabilities(row).ToArray(), expected = reference.LogProbabilities(row).ToArray();
            Assert.True(precision > Precision.Int8 || found.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) < 0.15f), $"row {row} is far from float32");
        }

        stream.Step([4, 0, 0, 1, 2, 2, 3], [5, 6, 7, 8, 9, 10, 11]);
        Run(100); // the first steps may make the run-time compile and trace
        Assert.Equal(0, Allocations.Of(() => Run(100)));

        void Run(int rounds)
        {
            for (int round = 0; round < rounds; round++)
            {
                stream.Step([1, 1, 0, 3, 2, 6, 4, 5, 5], [5, 6, 7, 8, 9, 10, 11, 12, 13]);
                stream.Step([8, 2, 1, 0, 4, 5, 6], [5, 6, 7, 8, 9, 10, 11]);
            }
        }
    }

    [Fact]
    public void Restore_goes_on_as_the_row_did()
    {
        Seq2Seq network = Make("luong general, fed, several panels");
        using CompiledModel model = CompiledModel.Compile(Saved(network));
        int[][] sources = Sentences(network.Config);
        using DecoderStream first = model.OpenDecoder(sources, 5), second = model.OpenDecoder([sources[3], sources[2]], 2);
        first.Step([0, 1, 2, 3, 4], [Begin, Begin, Begin, Begin, Begin]);
        first.Step([3, 2], [7, 8]);
        StreamState kept = first.Snapshot(1);
        Assert.Equal(kept, first.Snapshot(1));
        second.Restore(0, kept, sentence: 1);
        first.Step([1], [9]);
        second.Step([0], [9]);
        RecurrentVariants.AssertSameBits(first.LogProbabilities(0), second.LogProbabilities(0), "after a restore");
        RecurrentVariants.AssertSameBits(first.Attention(0), second.Attention(0), "attention after a restore");
        Assert.Equal(first.Snapshot(0), second.Snapshot(0));
    }

    [Fact]
    public void Misuse_is_refused_and_changes_nothing()
    {
        Seq2Seq network = Make("plain");
        using CompiledModel model = CompiledModel.Compile(Saved(network));
        Assert.Contains("found 2 origins and 1 tokens", Assert.Throws<ArgumentException>(() => model.OpenDecoder([[4, End]], 2).Step([0, 0], [1])).Message, StringComparison.Ordinal);
        Assert.Contains("expected as many of each, 1 … 2", Assert.Throws<ArgumentException>(() => model.OpenDecoder([[4, End]], 2).Step([0, 0, 0], [1, 1, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("the token 37 is not in the target table", Assert.Throws<ArgumentException>(() => model.OpenDecoder([[4, End]], 1).Step([0], [37])).Message, StringComparison.Ordinal);
        Assert.Contains("the id -1 is not in the source table, expected 0 … 36", Assert.Throws<ArgumentException>(() => model.OpenDecoder([[-1, End]], 1)).Message, StringComparison.Ordinal);
        Assert.Contains("a sentence has no ids", Assert.Throws<ArgumentException>(() => model.OpenDecoder([[]], 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.OpenDecoder([[4], [5]], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.OpenDecoder([[4]], 1).Step([1], [5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.OpenDecoder([[4]], 1).LogProbabilities(0).Length);
        Assert.Contains("use CompiledModel.OpenDecoder", Assert.Throws<InvalidOperationException>(() => model.Run([1], [1], new float[Words])).Message, StringComparison.Ordinal);
        Assert.Contains("use CompiledModel.OpenDecoder", Assert.Throws<InvalidOperationException>(model.OpenStream).Message, StringComparison.Ordinal);
        DecoderStream stream = model.OpenDecoder([[4]], 1);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stream.Step([0], [5]));
    }

    private static IReadOnlyList<IReadOnlyList<Hypothesis>> Search(CompiledModel model, int[][] sources, int[] longest, BeamConfig config)
    {
        using DecoderStream stream = model.OpenDecoder(sources, sources.Length * config.Beam);
        return BeamSearch.Run(stream, Begin, End, longest, config, TestContext.Current.CancellationToken);
    }

    private static Seq2Seq Make(string name)
    {
        var random = new RandomSource(9);
        var network = new Seq2Seq(Configs[name], random);
        foreach ((_, Parameter parameter) in network.Parameters)
        {
            foreach (ref float value in parameter.Tensor.Values)
            {
                value += 0.2f * random.NextNormal();
            }
        }

        return network;
    }

    private static ModelFile Saved(Seq2Seq network) => new(
        network.Config,
        NetworkWeights.Stored(network.Parameters),
        tokenizer: Language(network.Config.TargetVocabularySize),
        sourceTokenizer: Language(network.Config.SourceVocabularySize));

    private static WordTokenizer Language(int words) =>
        new([.. Tokenizer.SpecialSymbols, .. Enumerable.Range(Tokenizer.SpecialSymbols.Count, words - Tokenizer.SpecialSymbols.Count).Select(id => $"word{id}")]);

    private static int[][] Sentences(Seq2SeqConfig config)
    {
        var random = new RandomSource(2);
        return [.. Lengths.Select(length => (int[])[.. Enumerable.Range(0, length - 1).Select(_ => 4 + random.NextInt(config.SourceVocabularySize - 4)), End])];
    }
}
