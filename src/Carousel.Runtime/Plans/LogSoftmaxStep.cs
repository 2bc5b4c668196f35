using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>Turns logits into log-probabilities where they lie, row by row.</summary>
/// <param name="kernels">The arithmetic.</param>
/// <param name="width">V</param>
internal sealed class LogSoftmaxStep(KernelSet kernels, int width) : PlanStep(kernels)
{
    public override int OutputWidth => width;

    public override bool IsShared => true;

    public override Rows Run(Frame frame, Rows input)
    {
        (int first, int end) = frame.Member.Share(frame.Count);
        for (int row = first; row < end; row++)
        {
            Kernels.LogSoftmax(input.Row(row, width), input.Row(row, width));
        }

        return input;
    }
}
