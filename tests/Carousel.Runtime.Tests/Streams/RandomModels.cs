using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;

namespace Carousel.Runtime.Tests.Streams;

/// <summary>Models with random weights, without the training library.</summary>
internal static class RandomModels
{
    public const int Inputs = 6, Outputs = 3;

    /// <summary>Two plain layers, then a linear one.</summary>
    public static SequentialConfig Stack { get; } = new(new LstmConfig(Inputs, 21) { Layers = 2 }, new LinearConfig(21, Outputs));

    /// <summary>Every kind of step after one another.</summary>
    public static SequentialConfig EveryStep { get; } = new(
        new Conv1dConfig(Inputs, 8, 3) { Causal = true, Dilation = 2, Groups = 2 }, new LinearConfig(8, 9), new LayerNormConfig(9), new LstmConfig(9, 17) { ProjectionSize = 5 }, new PeepholeLstmConfig(5, 8), new CoupledLstmConfig(8, 8),
        new ClippedLstmConfig(8, 8) { CellClip = 1 }, new ZoneoutLstmConfig(8, 8), new DropoutLstmConfig(8, 8), new LayerNormLstmConfig(8, 8),
        new LayerNormLstmConfig(8, 8) { Variant = LayerNormPlacement.Ba2016, NormGroup = LayerNormGroup.Joint }, new GruConfig(8, 8), new GruConfig(8, 8) { ResetAfter = false },
        new DropoutConfig(8, 0.1f), new LinearConfig(8, Outputs));

    public static ModelFile File(LayerConfig config, int seed = 1) => new(
        new NetworkConfig(config),
        config.Parameters().Select((parameter, index) =>
            StoredTensor.FromSingles($"network.{parameter.Name}", parameter.Shape, Sets.Values((int)parameter.Count, seed + index, scale: 0.5f))));

    public static CompiledModel Compile(LayerConfig config, int seed = 1) => CompiledModel.Compile(File(config, seed));
}
