using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>A sequence that attends to itself.</summary>
/// <param name="kernels">The arithmetic.</param>
/// <param name="attention">Whose queries and keys have one width.</param>
internal sealed class SelfAttentionStep(KernelSet kernels, SourceAttention attention) : SequenceStep(kernels)
{
    public override int OutputWidth => attention.OutputWidth;

    public override long WeightBytes => attention.WeightBytes;

    public override void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        attention.Run(frame, input, steps, input, steps, causal: false, output);
        output.Flush(Kernels.Steps, steps);
    }
}
