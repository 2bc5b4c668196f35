using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>
/// One sequence and its labels, as connectionist temporal classification aligns them. State s of 2S + 1 stands for a blank when even, for label (s − 1)/2 when odd; a state is
/// reached from itself, from the one before, and, if it is a label unlike the label before it, from two before.
/// </summary>
/// <param name="Logits">[T, B, C]</param>
/// <param name="Number">Which of the batch.</param>
/// <param name="Frames">Its valid frames, 0 … T.</param>
/// <param name="Labels">Its labels [S].</param>
/// <param name="Blank">Class that stands for no label.</param>
internal sealed record CtcSequence(Tensor Logits, int Number, int Frames, int[] Labels, int Blank)
{
    /// <summary>C</summary>
    public int Classes { get; } = Logits.Shape[2];

    /// <summary>2S + 1</summary>
    public int States { get; } = (2 * Labels.Length) + 1;

    /// <summary>True when a label may follow the one before it without a blank between.</summary>
    public bool CanSkipTo(int state) => state % 2 == 1 && state >= 3 && Labels[state / 2] != Labels[(state / 2) - 1];

    /// <summary>The class that is heard in a state.</summary>
    public int ClassOf(int state) => state % 2 == 0 ? Blank : Labels[state / 2];

    /// <summary>The classes of one frame [C].</summary>
    /// <param name="tensor">[T, B, C]</param>
    /// <param name="frame">0 … T − 1</param>
    public Span<float> Row(Tensor tensor, int frame) => tensor.Values.Slice(((frame * tensor.Shape[1]) + Number) * Classes, Classes);
}
