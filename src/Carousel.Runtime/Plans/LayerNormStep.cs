using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>Layer normalisation over the features of a time step.</summary>
internal sealed unsafe class LayerNormStep : PlanStep
{
    private readonly LayerNormConfig _config;
    private readonly float[] _gamma, _beta;
    private readonly int _output;

    public LayerNormStep(LayerNormConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        _config = config;
        _gamma = config.Affine ? weights["weight"] : [];
        _beta = config.Affine ? weights["bias"] : [];
        _output = layout.Activation(config.Features);
    }

    public override int OutputWidth => _config.Features;

    public override Rows Run(Frame frame, Rows input)
    {
        Rows output = frame.Activation(_output, OutputWidth);
        for (int row = 0; row < frame.Count; row++)
        {
            RowArithmetic.Normalise(Kernels, input.Row(row, OutputWidth), _gamma, _beta, _config.Epsilon, output.Row(row, OutputWidth));
        }

        return output;
    }
}
