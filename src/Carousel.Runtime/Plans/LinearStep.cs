using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>A linear layer.</summary>
internal sealed unsafe class LinearStep : PlanStep
{
    private readonly ProductStep _product;
    private readonly int _output;

    /// <summary>Packs the weights.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="weights">The parameters of this layer.</param>
    /// <param name="layout">Places in a stream's memory.</param>
    /// <param name="kernels">The arithmetic.</param>
    /// <param name="shared">The layer whose weight this one uses; null for its own.</param>
    /// <param name="name">Name of the weight.</param>
    public LinearStep(LinearConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels, PlanWeights? shared = null, string name = "weight")
        : base(kernels)
    {
        _product = new ProductStep(kernels, weights.Format, config.OutputSize, (shared ?? weights).Matrix(name), config.Bias ? weights["bias"] : null);
        _output = layout.Activation(config.OutputSize);
        layout.MemberScratch(_product.TileLength);
    }

    public override long WeightBytes => _product.WeightBytes;

    public override int OutputWidth => _product.Outputs;

    public override bool IsShared => _product.IsShared;

    public override Rows Run(Frame frame, Rows input)
    {
        Rows output = frame.Activation(_output, OutputWidth);
        _product.Run(frame, input, output);
        _product.Flush(frame, output);
        return output;
    }
}
