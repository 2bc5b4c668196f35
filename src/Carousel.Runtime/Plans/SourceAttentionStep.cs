using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>A decoder's outputs that attend to the source in their stream's memory.</summary>
/// <param name="kernels">The arithmetic.</param>
/// <param name="attention">What they ask with.</param>
/// <param name="inputs">Features of the decoder's output.</param>
/// <param name="joins">True to give [context; decoder's output] instead of what the attention gives.</param>
internal sealed class SourceAttentionStep(KernelSet kernels, SourceAttention attention, int inputs, bool joins) : SequenceStep(kernels)
{
    public override int OutputWidth => attention.OutputWidth + (joins ? inputs : 0);

    public override long WeightBytes => attention.WeightBytes;

    public override void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        SequenceBuffer source = frame.Memory.Source ?? throw new InvalidOperationException("a decoder was run without a source");
        var read = new SequenceBuffer(steps, attention.OutputWidth);
        attention.Run(frame, input, steps, source.Rows, frame.Memory.SourceSteps, causal: false, read.Rows);
        for (int step = 0; step < steps; step++)
        {
            read.Rows.Row(step, attention.OutputWidth).CopyTo(output.Row(step, OutputWidth));
            if (joins)
            {
                input.Row(step, inputs).CopyTo(output.Row(step, OutputWidth)[attention.OutputWidth..]);
            }
        }

        output.Flush(Kernels.Steps, steps);
        GC.KeepAlive(read);
        GC.KeepAlive(source);
    }
}
