using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>A layer whose first output may depend on the last input: it runs whole sequences only.</summary>
/// <param name="kernels">The arithmetic.</param>
internal abstract class SequenceStep(KernelSet kernels) : PlanStep(kernels)
{
    public sealed override bool IsStreaming => false;

    public sealed override Rows Run(Frame frame, Rows input) => throw new InvalidOperationException($"{GetType().Name} was asked for one time step");

    public abstract override void RunSequence(Frame frame, Rows input, Rows output, int steps);
}
