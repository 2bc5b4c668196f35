using Carousel.Numerics;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Tasks.Classification;

namespace Carousel.Tests.Tasks.Classification;

/// <summary>One classifier for every pooling and direction, of numbers and of text, with weights of all sizes.</summary>
internal static class SampleClassifiers
{
    public const int Features = 3, Labels = 4, Vocabulary = 11;

    /// <summary>A token that stands in no sample text.</summary>
    public const int Unused = Vocabulary - 1;

    public static Dictionary<string, ClassifierConfig> Configs { get; } = new()
    {
        ["last"] = Numbers(Pooling.Last, new LstmConfig(Features, 9) { Layers = 2 }),
        ["last, two directions"] = Numbers(Pooling.Last, new LstmConfig(Features, 9) { Bidirectional = true }),
        ["last, two directions, projected"] = Numbers(Pooling.Last, new LstmConfig(Features, 9) { Bidirectional = true, ProjectionSize = 5 }),
        ["max"] = Numbers(Pooling.Max, new GruConfig(Features, 17)),
        ["max, two directions"] = Numbers(Pooling.Max, new LstmConfig(Features, 9) { Bidirectional = true, Layers = 2 }),
        ["mean"] = Numbers(Pooling.Mean, new LstmConfig(Features, 20)),
        ["mean, two directions"] = Numbers(Pooling.Mean, new LstmConfig(Features, 9) { Bidirectional = true }),
        ["attention"] = Numbers(Pooling.Attention, new LstmConfig(Features, 9)),
        ["attention, two directions"] = Numbers(Pooling.Attention, new LstmConfig(Features, 9) { Bidirectional = true }),
        ["layers"] = Numbers(Pooling.Max, new SequentialConfig(new Conv1dConfig(Features, 8, 3) { Stride = 2, Padding = 1 }, new DropoutConfig(8, 0.2f), new LstmConfig(8, 9))),
        ["text, max"] = Text(Pooling.Max, new LstmConfig(5, 9)),
        ["text, attention, two directions"] = Text(Pooling.Attention, new LstmConfig(5, 9) { Bidirectional = true }),
    };

    public static TheoryData<string> Names => new(Configs.Keys);

    public static TheoryData<string> Streaming => new("last", "max", "mean", "text, max");

    public static StandardScaler Scaler { get; } = new(["x", "y", "z"], [0.5, -1, 2], [2, 1, 0.25]);

    public static Tokenizer Tokens { get; } = new WordTokenizer(["<pad>", "<unk>", "<eos>", "a", "b", "c", "d", "e", "f", "g", "h"]);

    public static ClassifierInputs InputsOf(ClassifierConfig config) => config.ReadsText ? new(config.Labels, Tokenizer: Tokens) : new(config.Labels, Scaler);

    public static ClassificationNetwork Make(ClassifierConfig config)
    {
        var network = new ClassificationNetwork(config, new RandomSource(3));
        var random = new RandomSource(4);
        foreach ((_, Parameter parameter) in network.Parameters)
        {
            foreach (ref float value in parameter.Tensor.Values)
            {
                value = 0.6f * random.NextNormal();
            }
        }

        return network;
    }

    /// <summary>What the network reads [T, width]: scaled numbers, or ids.</summary>
    public static float[] Sequence(ClassifierConfig config, int steps, ulong seed)
    {
        var random = new RandomSource(seed);
        return config.ReadsText
            ? [.. Enumerable.Range(0, steps).Select(at => at == steps - 1 ? 2f : random.NextInt(Unused))]
            : [.. Enumerable.Range(0, steps * Features).Select(_ => random.NextNormal())];
    }

    private static ClassifierConfig Numbers(Pooling pooling, LayerConfig network) =>
        new() { Labels = ["n", "e", "s", "w"], Features = ["x", "y", "z"], Network = network, Pooling = pooling, AttentionSize = 7, Dropout = 0.3f };

    private static ClassifierConfig Text(Pooling pooling, LayerConfig network) =>
        new() { Labels = ["n", "e", "s", "w"], VocabularySize = Vocabulary, EmbeddingSize = 5, Network = network, Pooling = pooling, AttentionSize = 7, Dropout = 0.3f };
}
