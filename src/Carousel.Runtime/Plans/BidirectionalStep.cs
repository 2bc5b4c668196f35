using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>Two cells, one for each direction of time; features [forward, backward]. It runs whole sequences only.</summary>
/// <param name="kernels">The arithmetic.</param>
/// <param name="forward">Runs from the first step to the last.</param>
/// <param name="backward">Runs from the last step to the first.</param>
internal sealed unsafe class BidirectionalStep(KernelSet kernels, PlanStep forward, PlanStep backward) : PlanStep(kernels)
{
    public override long WeightBytes => forward.WeightBytes + backward.WeightBytes;

    public override int OutputWidth => forward.OutputWidth + backward.OutputWidth;

    public override bool HasState => true;

    public override bool IsStreaming => false;

    public override bool IsShared => forward.IsShared && backward.IsShared;

    public override Rows Run(Frame frame, Rows input) => throw new InvalidOperationException("a bidirectional layer was asked for one time step");

    public override void Keep(Frame frame)
    {
        forward.Keep(frame);
        backward.Keep(frame);
    }

    public override void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        int width = forward.OutputWidth;
        for (int step = 0; step < steps; step++)
        {
            forward.RunInto(frame, input.From(step), output.From(step));
        }

        for (int step = steps - 1; step >= 0; step--)
        {
            backward.RunInto(frame, input.From(step), output.From(step).FromColumn(width));
        }
    }

    public override void RunBatch(Frame frame, SequenceBatch input, SequenceBatch output)
    {
        Frame back = frame;
        for (int step = 0; step < input.Steps; step++)
        {
            forward.RunInto(ref frame, input, output, step, column: 0);
        }

        for (int step = input.Steps - 1; step >= 0; step--)
        {
            backward.RunInto(ref back, input, output, step, forward.OutputWidth);
        }
    }
}
