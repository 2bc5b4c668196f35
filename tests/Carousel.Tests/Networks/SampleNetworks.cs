using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Networks;

/// <summary>Small configs of every kind there is, for the laws that hold for all of them; each takes <see cref="Features"/> features, or ids below it.</summary>
internal static class SampleNetworks
{
    public const int Features = 12;

    public static IReadOnlyDictionary<string, LayerConfig> Configs { get; } = new Dictionary<string, LayerConfig>
    {
        ["lstm"] = new LstmConfig(Features, 10),
        ["lstm, two layers, both directions"] = new LstmConfig(Features, 7) { Layers = 2, Bidirectional = true, Dropout = 0.25f },
        ["lstm, projection"] = new LstmConfig(Features, 9) { ProjectionSize = 4 },
        ["lstm, no bias"] = new LstmConfig(Features, 5) { Bias = false },
        ["peephole"] = new PeepholeLstmConfig(Features, 6) { ProjectionSize = 3 },
        ["coupled"] = new CoupledLstmConfig(Features, 6) { Bidirectional = true },
        ["layer norm lstm"] = new LayerNormLstmConfig(Features, 6),
        ["layer norm lstm, ba2016"] = new LayerNormLstmConfig(Features, 6) { Variant = LayerNormPlacement.Ba2016, Layers = 2 },
        ["clipped"] = new ClippedLstmConfig(Features, 6) { CellClip = 0.5f },
        ["zoneout"] = new ZoneoutLstmConfig(Features, 6),
        ["dropout lstm, candidate"] = new DropoutLstmConfig(Features, 6),
        ["dropout lstm, weight drop"] = new DropoutLstmConfig(Features, 6) { Kind = RecurrentDropout.WeightDrop },
        ["gru"] = new GruConfig(Features, 6) { Bidirectional = true },
        ["gru, reset before"] = new GruConfig(Features, 6) { ResetAfter = false },
        ["linear"] = new LinearConfig(Features, 5),
        ["linear, no bias"] = new LinearConfig(Features, 5) { Bias = false },
        ["embedding"] = new EmbeddingConfig(Features, 5) { PaddingIndex = -1 },
        ["dropout"] = new DropoutConfig(Features, 0.3f),
        ["layer norm"] = new LayerNormConfig(Features),
        ["layer norm, not affine"] = new LayerNormConfig(Features) { Affine = false },
        ["conv1d"] = new Conv1dConfig(Features, 8, 3) { Padding = 1 },
        ["conv1d, groups, stride"] = new Conv1dConfig(Features, 8, 3) { Padding = 2, Stride = 2, Dilation = 2, Groups = 4, Bias = false },
        ["conv1d, causal"] = new Conv1dConfig(Features, 8, 3) { Causal = true, Dilation = 2, Groups = 2 },
        ["conv1d, causal, stride"] = new Conv1dConfig(Features, 5, 2) { Causal = true, Stride = 2 },
        ["conv1d, pointwise"] = new Conv1dConfig(Features, 5, 1),
        ["additive attention"] = new AdditiveAttentionConfig(Features, Features, 7) { Bias = true },
        ["luong dot"] = new LuongAttentionConfig(Features, Features) { Score = LuongScore.Dot },
        ["luong general"] = new LuongAttentionConfig(Features, Features),
        ["luong concat"] = new LuongAttentionConfig(Features, Features) { Score = LuongScore.Concat, AttentionSize = 5 },
        ["multi-head"] = new MultiHeadAttentionConfig(Features, 3) { Dropout = 0.2f },
        ["multi-head, no bias"] = new MultiHeadAttentionConfig(Features, 2) { Bias = false },
        ["encoder"] = new EncoderLayerConfig(Features, 4, 9) { Activation = EncoderActivation.Gelu },
        ["encoder, norm first, causal"] = new EncoderLayerConfig(Features, 2, 9) { NormFirst = true, Causal = true },
        ["sequence of layers"] = new SequentialConfig(new EmbeddingConfig(Features, 6), new LstmConfig(6, 5) { Layers = 2 }, new DropoutConfig(5, 0.5f), new LinearConfig(5, 4)),
        ["sequence within a sequence"] = new SequentialConfig(
            new Conv1dConfig(Features, 6, 3) { Stride = 2, Padding = 1 }, new SequentialConfig(new GruConfig(6, 5), new LayerNormConfig(5)), new LinearConfig(5, 3)),
    };

    public static TheoryData<string> Names => [.. Configs.Keys];

    /// <summary>The network with weights that depend on the config alone, biases and norms among them.</summary>
    public static Layer Make(LayerConfig config)
    {
        var random = new RandomSource(7);
        Layer layer = NetworkFactory.Create(config, random);
        foreach ((_, Parameter parameter) in layer.Parameters())
        {
            foreach (ref float value in parameter.Tensor.Values)
            {
                value += 0.1f * random.NextNormal();
            }
        }

        return layer;
    }

    /// <summary>[T, B, F] random numbers, or ids [T, B, 1] for a config that looks them up.</summary>
    public static Tensor Input(LayerConfig config, int steps, int batch, ulong seed = 11)
    {
        var random = new RandomSource(seed);
        bool isLookup = config is EmbeddingConfig or SequentialConfig { Layers: [EmbeddingConfig, ..] };
        var x = new Tensor(steps, batch, isLookup ? 1 : Features);
        foreach (ref float value in x.Values)
        {
            value = isLookup ? random.NextInt(Features) : random.NextNormal();
        }

        return x;
    }

    /// <summary>Sequence <paramref name="sequence"/> of a batch alone, cut to <paramref name="steps"/> steps.</summary>
    public static Tensor Sequence(Tensor x, int sequence, int steps)
    {
        int batch = x.Shape[1], width = x.Shape[2];
        var alone = new Tensor(steps, 1, width);
        for (int step = 0; step < steps; step++)
        {
            x.Values.Slice(((step * batch) + sequence) * width, width).CopyTo(alone.At(step).Values);
        }

        return alone;
    }

    /// <summary>Output, input gradient and parameter gradients of one training step, by name.</summary>
    public static IReadOnlyDictionary<string, float[]> TrainingStep(LayerConfig config, Tensor x, int threads)
    {
        using var workers = new Workers(threads);
        var tape = new Tape(new RandomSource(3), workers, isTraining: true);
        Layer layer = Make(config);
        x.NeedsGradient = true;
        x.ClearGradient();
        Tensor output = layer.Forward(tape, x, null).Output;
        Span<float> gradient = tape.GradientOf(output);
        for (int at = 0; at < gradient.Length; at++)
        {
            gradient[at] = MathF.Sin(at);
        }

        tape.Backward();
        var results = new Dictionary<string, float[]> { ["output"] = output.Values.ToArray(), ["gradient of x"] = x.Gradient.ToArray() };
        foreach ((string name, Parameter parameter) in layer.Parameters())
        {
            results.Add($"gradient of {name}", parameter.Tensor.Gradient.ToArray());
        }

        return results;
    }
}
