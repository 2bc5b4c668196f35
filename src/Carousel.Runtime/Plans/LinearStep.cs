using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>A linear layer.</summary>
internal sealed unsafe class LinearStep : PlanStep
{
    private readonly ProductStep _product;
    private readonly int _output;

    public LinearStep(LinearConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        _product = new ProductStep(kernels, weights.Format, config.OutputSize, weights.Matrix("weight"), config.Bias ? weights["bias"] : null);
        _output = layout.Activation(config.OutputSize);
        layout.Scratch(_product.TileLength);
    }

    public override long WeightBytes => _product.WeightBytes;

    public override int OutputWidth => _product.Outputs;

    public override Rows Run(Frame frame, Rows input)
    {
        Rows output = frame.Activation(_output, OutputWidth);
        _product.Run(frame, input, output);
        Kernels.Steps.Flush(output.Start, output.Start, (int)output.Stride * frame.Count);
        return output;
    }
}
