using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>What each direction of a layer says at its own end: the forward features of the last step, the backward features of the first.</summary>
/// <param name="kernels">The arithmetic.</param>
/// <param name="width">Features of both directions.</param>
/// <param name="backward">How many of them, the last ones, run backwards.</param>
internal sealed class EndsStep(KernelSet kernels, int width, int backward) : SequenceStep(kernels)
{
    public override int OutputWidth => width;

    public override int OutputSteps(int steps) => Math.Min(steps, 1);

    public override void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        if (steps > 0)
        {
            Take(input, steps, width, backward, output.Row(0, width));
        }
    }

    /// <summary>Copies both ends of a sequence.</summary>
    /// <param name="input">[T, width]</param>
    /// <param name="steps">T, 1 or more.</param>
    /// <param name="width">Features.</param>
    /// <param name="backward">How many of them run backwards.</param>
    /// <param name="ends">[width], written.</param>
    public static void Take(Rows input, int steps, int width, int backward, Span<float> ends)
    {
        int forward = width - backward;
        input.Row(steps - 1, forward).CopyTo(ends);
        input.Row(0, width)[forward..].CopyTo(ends[forward..]);
    }
}
