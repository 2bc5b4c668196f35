using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>The end of a sequence asks all its steps: see <see cref="EndsStep"/> and <see cref="AdditiveSourceAttention"/>.</summary>
/// <param name="kernels">The arithmetic.</param>
/// <param name="attention">Whose queries and keys have one width.</param>
/// <param name="backward">Features, the last ones, whose end is the first step.</param>
internal sealed class AttentionPoolingStep(KernelSet kernels, SourceAttention attention, int backward) : SequenceStep(kernels)
{
    public override int OutputWidth => attention.OutputWidth;

    public override long WeightBytes => attention.WeightBytes;

    public override int OutputSteps(int steps) => Math.Min(steps, 1);

    public override void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        if (steps == 0)
        {
            return;
        }

        var end = new SequenceBuffer(1, OutputWidth);
        EndsStep.Take(input, steps, OutputWidth, backward, end.Rows.Row(0, OutputWidth));
        attention.Run(frame, end.Rows, 1, input, steps, causal: false, output);
        output.Flush(Kernels.Steps, 1);
        GC.KeepAlive(end);
    }
}
