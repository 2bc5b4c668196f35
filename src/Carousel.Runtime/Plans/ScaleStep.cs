using Carousel.Runtime.Inputs;
using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>Brings inputs in the units of their columns to the scale on which the network was trained: the numbers of <see cref="StandardScaler.Scale(double, int)"/>.</summary>
internal sealed class ScaleStep : PlanStep
{
    // Arrays: going through the scaler's lists would cost a call per number.
    private readonly double[] _means, _deviations;
    private readonly int _output;

    public ScaleStep(StandardScaler scaler, PlanLayout layout, KernelSet kernels)
        : base(kernels) => (_means, _deviations, _output) = ([.. scaler.Means], [.. scaler.Deviations], layout.Activation(scaler.Features.Count));

    public override int OutputWidth => _means.Length;

    public override Rows Run(Frame frame, Rows input)
    {
        Rows output = frame.Activation(_output, OutputWidth);
        for (int row = 0; row < frame.Count; row++)
        {
            Span<float> x = input.Row(row, OutputWidth), y = output.Row(row, OutputWidth);
            for (int at = 0; at < x.Length; at++)
            {
                y[at] = _deviations[at] == 0 ? 0 : (float)((x[at] - _means[at]) / _deviations[at]);
            }
        }

        output.Flush(Kernels.Steps, frame.Count);
        return output;
    }
}
