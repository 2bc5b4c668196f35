using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tests.Cells;

namespace Carousel.Tests.Streams;

/// <summary>The way from a layer of the training library to the model that runs it.</summary>
internal static class TrainedModels
{
    /// <summary>The layer's weights as a model file.</summary>
    public static ModelFile File(LayerConfig config, Layer layer) => new(
        new NetworkConfig(config),
        layer.Parameters().Select(entry => StoredTensor.FromSingles($"network.{entry.Name}", [.. entry.Parameter.Tensor.Shape], entry.Parameter.Tensor.Values)));

    /// <summary>The model that runs the layer.</summary>
    public static CompiledModel Compile(LayerConfig config, Layer layer, CompileOptions? options = null) => CompiledModel.Compile(File(config, layer), options);

    /// <summary>What the training library gives for one sequence [T, 1, I].</summary>
    public static float[] Forward(Layer layer, Tensor x) => layer.Forward(new Tape(isRecording: false), x, null).Output.Values.ToArray();

    /// <summary>What a stream gives for the same sequence.</summary>
    public static float[] Run(CompiledModel model, Tensor x)
    {
        float[] y = new float[model.OutputSteps(x.Shape[0]) * model.OutputSize];
        if (model.IsStreaming)
        {
            using ModelStream stream = model.OpenStream();
            stream.Run(x.Values, y);
        }
        else
        {
            model.Run(x.Values, y);
        }

        return y;
    }

    /// <summary>A sequence of normal numbers [T, 1, I].</summary>
    public static Tensor Sequence(int steps, int inputs, ulong seed = 5) => RecurrentVariants.Normal(new RandomSource(seed), steps, 1, inputs);
}
