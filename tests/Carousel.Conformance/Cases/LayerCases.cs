using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Conformance.Cases;

/// <summary>Linear, embedding and convolution. The vectors have convolutions batch and channels first, [B, C, L]; the layer has time first.</summary>
internal sealed class LayerCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["linear", "embedding", "conv1d"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        var run = new DifferentiableCase(vector, compare);
        run.Output("output", vector.Kind switch
        {
            "linear" => Linear(vector, run),
            "embedding" => Embed(vector, run),
            _ => Convolve(vector, run),
        });
        run.Backward();
    }

    private static Tensor Linear(ConformanceCase vector, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        var layer = new Linear(
            new LinearConfig(config.Integer("in_features"), config.Integer("out_features")) { Bias = vector.ParameterOrNull("bias") is not null },
            new RandomSource(0));
        run.Load(layer.Parameters());
        return layer.Forward(run.Tape, run.Input("x"));
    }

    private static Tensor Embed(ConformanceCase vector, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        var layer = new Embedding(
            new EmbeddingConfig(config.Integer("num_embeddings"), config.Integer("embedding_dim")) { PaddingIndex = config.Has("padding_idx") ? config.Integer("padding_idx") : null },
            new RandomSource(0));
        run.Load(layer.Parameters());
        CaseTensor ids = vector.Input("ids");
        return layer.Forward(run.Tape, ids.ToIntegers(), ids.Shape);
    }

    private static Tensor Convolve(ConformanceCase vector, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        var layer = new Conv1d(
            new Conv1dConfig(config.Integer("in_channels"), config.Integer("out_channels"), config.Integer("kernel_size"))
            {
                Stride = config.Integer("stride"),
                Padding = config.Integer("padding"),
                Dilation = config.Integer("dilation"),
                Groups = config.Integer("groups"),
                Bias = config.Flag("bias"),
            },
            new RandomSource(0));
        run.Load(layer.Parameters());
        return TimeLast(run, layer.Forward(run.Tape, TimeFirst(run, run.Input("x"))));
    }

    // [B, C, T] to [T, B, C]
    private static Tensor TimeFirst(DifferentiableCase run, Tensor x) => run.Tape.Swap(run.Tape.Swap(x, 1, 2), 0, 1);

    // [T, B, C] to [B, C, T]
    private static Tensor TimeLast(DifferentiableCase run, Tensor x) => run.Tape.Swap(run.Tape.Swap(x, 0, 1), 1, 2);
}
