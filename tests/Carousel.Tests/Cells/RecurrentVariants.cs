using Carousel.Cells;
using Carousel.Layers;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Cells;

/// <summary>Every recurrent layer in every switch that changes its arithmetic: what the laws are tested on.</summary>
internal static class RecurrentVariants
{
    private static readonly Dictionary<string, Func<int, int, RecurrentConfig>> Cells = new()
    {
        ["lstm"] = (i, h) => new LstmConfig(i, h),
        ["lstm no bias"] = (i, h) => new LstmConfig(i, h) { Bias = false },
        ["lstm projected"] = (i, h) => new LstmConfig(i, h) { ProjectionSize = h / 2 },
        ["peephole"] = (i, h) => new PeepholeLstmConfig(i, h),
        ["peephole projected no bias"] = (i, h) => new PeepholeLstmConfig(i, h) { ProjectionSize = h / 2, Bias = false },
        ["coupled"] = (i, h) => new CoupledLstmConfig(i, h),
        ["gate clip"] = (i, h) => new ClippedLstmConfig(i, h) { GateClip = 1.25f },
        ["cell clip"] = (i, h) => new ClippedLstmConfig(i, h) { CellClip = 0.5f, Bias = false },
        ["both clips"] = (i, h) => new ClippedLstmConfig(i, h) { GateClip = 1.5f, CellClip = 0.75f },
        ["layer norm per gate"] = (i, h) => new LayerNormLstmConfig(i, h),
        ["layer norm joint"] = (i, h) => new LayerNormLstmConfig(i, h) { NormGroup = LayerNormGroup.Joint },
        ["layer norm ba2016 per gate"] = (i, h) => new LayerNormLstmConfig(i, h) { Variant = LayerNormPlacement.Ba2016 },
        ["layer norm ba2016 joint"] = (i, h) => new LayerNormLstmConfig(i, h) { Variant = LayerNormPlacement.Ba2016, NormGroup = LayerNormGroup.Joint },
        ["zoneout"] = (i, h) => new ZoneoutLstmConfig(i, h) { CellRate = 0.4f, HiddenRate = 0.2f },
        ["candidate dropout per step"] = (i, h) => new DropoutLstmConfig(i, h),
        ["candidate dropout per sequence"] = (i, h) => new DropoutLstmConfig(i, h) { PerStep = false, Bias = false },
        ["variational dropout"] = (i, h) => new DropoutLstmConfig(i, h) { Kind = RecurrentDropout.Variational },
        ["weight drop"] = (i, h) => new DropoutLstmConfig(i, h) { Kind = RecurrentDropout.WeightDrop },
        ["gru"] = (i, h) => new GruConfig(i, h),
        ["gru no bias"] = (i, h) => new GruConfig(i, h) { Bias = false },
        ["gru reset before"] = (i, h) => new GruConfig(i, h) { ResetAfter = false },
        ["gru reset before no bias"] = (i, h) => new GruConfig(i, h) { ResetAfter = false, Bias = false },
    };

    /// <summary>Every cell, as one layer and as two, in one direction.</summary>
    public static TheoryData<string> Forward => [.. Cells.Keys, .. Cells.Keys.Select(name => $"{name}, stacked")];

    /// <summary>Every cell, as one layer in one direction and as two in both.</summary>
    public static TheoryData<string> Extremes => [.. Cells.Keys, .. Cells.Keys.Select(name => $"{name}, stacked bidirectional")];

    /// <summary>Every cell, as one layer, as two, and as two in both directions.</summary>
    public static TheoryData<string> All => [.. Forward.Select(row => row.Data), .. Cells.Keys.Select(name => $"{name}, stacked bidirectional")];

    /// <summary>The config of that name.</summary>
    /// <param name="name">An entry of <see cref="All"/>.</param>
    /// <param name="inputs">I</param>
    /// <param name="units">H</param>
    public static RecurrentConfig Config(string name, int inputs, int units)
    {
        string[] parts = name.Split(", ");
        RecurrentConfig config = Cells[parts[0]](inputs, units);
        return parts.Length == 1 ? config : config with { Layers = 2, Bidirectional = parts[1].Contains("bidirectional", StringComparison.Ordinal), Dropout = 0.25f };
    }

    /// <summary>A layer whose parameters have all left their special starting values (zero biases and peepholes, γ of one).</summary>
    public static Layer Make(RecurrentConfig config, ulong seed = 1)
    {
        var random = new RandomSource(seed);
        Layer layer = Fresh(config, random);
        foreach ((_, Parameter parameter) in layer.Parameters())
        {
            foreach (ref float value in parameter.Tensor.Values)
            {
                value += 0.3f * random.NextNormal();
            }
        }

        return layer;
    }

    /// <summary>The layer as it starts.</summary>
    public static Layer Fresh(RecurrentConfig config, RandomSource random) => NetworkFactory.Create(config, random);

    /// <summary>A state of normal numbers.</summary>
    public static LayerState State(RecurrentConfig config, int batch, RandomSource random)
    {
        int entries = config.Layers * config.Directions;
        return config is GruConfig
            ? new GruState(Normal(random, entries, batch, config.HiddenSize))
            : new LstmState(Normal(random, entries, batch, config.OutputSize), Normal(random, entries, batch, config.HiddenSize));
    }

    /// <summary>Row <paramref name="row"/> of the batch of every tensor of a state.</summary>
    public static LayerState RowOf(LayerState state, int row) => state switch
    {
        GruState gru => new GruState(Row(gru.Hidden, row)),
        LstmState lstm => new LstmState(Row(lstm.Hidden, row), Row(lstm.Cell, row)),
        _ => throw new ArgumentException($"no rows of {state.GetType().Name}", nameof(state)),
    };

    /// <summary>Entry <paramref name="row"/> of the second axis of [N, B, F], as [N, 1, F].</summary>
    public static Tensor Row(Tensor tensor, int row)
    {
        int entries = tensor.Shape[0], width = tensor.Shape[2];
        var part = new Tensor(entries, 1, width);
        for (int entry = 0; entry < entries; entry++)
        {
            tensor.At(entry).At(row).Values.CopyTo(part.At(entry).Values);
        }

        return part;
    }

    /// <summary>A tensor of normal numbers.</summary>
    public static Tensor Normal(RandomSource random, params ReadOnlySpan<int> shape)
    {
        var tensor = new Tensor(shape);
        foreach (ref float value in tensor.Values)
        {
            value = random.NextNormal();
        }

        return tensor;
    }

    /// <summary>Fails unless both hold the same bits, so that even −0 and 0 differ.</summary>
    public static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]), $"{what}[{i}]: expected {expected[i]:R}, found {actual[i]:R}");
        }
    }
}
