using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>The largest value or the mean of each feature over the time steps so far. The whole sequence's is what comes out after its last step.</summary>
internal sealed class PoolingStep : PlanStep
{
    private readonly Pooling _pooling;
    private readonly StateSlot _pooled, _count;
    private readonly int _output;

    /// <summary>Takes its places in memory.</summary>
    /// <param name="pooling">Max or mean.</param>
    /// <param name="width">Features.</param>
    /// <param name="layout">Places in a stream's memory.</param>
    /// <param name="kernels">The arithmetic.</param>
    public PoolingStep(Pooling pooling, int width, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        (_pooling, OutputWidth) = (pooling, width);
        _pooled = layout.State("pooling.pooled", width);
        _count = layout.State("pooling.count", 1); // a whole number, exact up to 2²⁴ steps
        _output = layout.Activation(width);
    }

    public override int OutputWidth { get; }

    public override bool HasState => true;

    public override Rows Run(Frame frame, Rows input)
    {
        Rows output = frame.Activation(_output, OutputWidth), pooled = frame.Of(_pooled), counts = frame.Of(_count);
        for (int row = 0; row < frame.Count; row++)
        {
            ReadOnlySpan<float> x = input.Row(row, OutputWidth);
            Span<float> y = pooled.Row(row, OutputWidth), result = output.Row(row, OutputWidth);
            ref float count = ref counts.Row(row, 1)[0];
            if (count == 0)
            {
                x.CopyTo(y);
            }
            else if (_pooling == Pooling.Max)
            {
                RowArithmetic.Max(y, x, y);
            }
            else
            {
                RowArithmetic.Add(y, x, y);
            }

            count++;
            if (_pooling == Pooling.Max)
            {
                y.CopyTo(result);
            }
            else
            {
                RowArithmetic.Divide(y, count, result);
            }
        }

        output.Flush(Kernels.Steps, frame.Count);
        return output;
    }
}
