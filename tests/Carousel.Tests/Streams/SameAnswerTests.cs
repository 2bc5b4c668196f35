using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tests.Cells;
using Carousel.Tests.Networks;

namespace Carousel.Tests.Streams;

/// <summary>The runtime gives the bits of the training library, for every cell, at sizes that fill no vector and at sizes whose sums are cut into slabs.</summary>
public sealed class SameAnswerTests
{
    private static readonly string[] NotStepwise = ["conv1d", "attention", "luong", "multi-head", "encoder", "sequence within a sequence"];

    public static TheoryData<string> Cells => RecurrentVariants.All;

    public static TheoryData<string> Networks => [.. SampleNetworks.Configs.Keys.Where(name => !NotStepwise.Any(name.Contains))];

    public static TheoryData<string> Refused => [.. SampleNetworks.Configs.Keys.Where(name => NotStepwise.Any(name.Contains))];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_small_cell_same_bits(string name) => AssertSame(RecurrentVariants.Config(name, 5, 7), steps: 9);

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_cell_of_several_panels_same_bits(string name) => AssertSame(RecurrentVariants.Config(name, 19, 43), steps: 6);

    [Theory]
    [MemberData(nameof(Cells))]
    public void Run_cell_with_sums_of_several_slabs_same_bits(string name) => AssertSame(RecurrentVariants.Config(name, 259, 270), steps: 4);

    [Theory]
    [MemberData(nameof(Networks))]
    public void Run_network_same_bits(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        Layer layer = SampleNetworks.Make(config);
        Tensor x = SampleNetworks.Input(config, 11, 1);
        using CompiledModel model = TrainedModels.Compile(config, layer);
        RecurrentVariants.AssertSameBits(TrainedModels.Forward(layer, x), TrainedModels.Run(model, x), name);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Compile_layer_without_step_is_refused_by_name(string name)
    {
        LayerConfig config = SampleNetworks.Configs[name];
        var refusal = Assert.Throws<NotSupportedException>(() => TrainedModels.Compile(config, SampleNetworks.Make(config)));
        Assert.Contains("layer 'network", refusal.Message, StringComparison.Ordinal);
    }

    private static void AssertSame(RecurrentConfig config, int steps)
    {
        Layer layer = RecurrentVariants.Make(config);
        Tensor x = TrainedModels.Sequence(steps, config.InputSize);
        using CompiledModel model = TrainedModels.Compile(config, layer);
        RecurrentVariants.AssertSameBits(TrainedModels.Forward(layer, x), TrainedModels.Run(model, x), "output");
    }
}
