using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Tasks.Classification;

/// <summary>Some sequences side by side, filled up with zeros to the longest.</summary>
/// <param name="Inputs">[T, B, width], time first.</param>
/// <param name="Lengths">Steps of each sequence [B].</param>
/// <param name="Labels">The label of each sequence [B].</param>
internal sealed record SequenceBatch(Tensor Inputs, int[] Lengths, int[] Labels)
{
    /// <summary>Gathers sequences.</summary>
    /// <param name="tape">Whose memory is used.</param>
    /// <param name="sequences">Where they are.</param>
    /// <param name="chosen">Which of them.</param>
    public static SequenceBatch Of(Tape tape, LabelledSequences sequences, ReadOnlySpan<int> chosen)
    {
        int[] lengths = new int[chosen.Length], labels = new int[chosen.Length];
        for (int i = 0; i < chosen.Length; i++)
        {
            (lengths[i], labels[i]) = (sequences.StepsOf(chosen[i]), sequences.Labels[chosen[i]]);
        }

        int width = sequences.Width;
        Tensor inputs = tape.Zeros(lengths.Max(), chosen.Length, width);
        for (int i = 0; i < chosen.Length; i++)
        {
            ReadOnlySpan<float> values = sequences.Values[chosen[i]];
            for (int step = 0; step < lengths[i]; step++)
            {
                values.Slice(step * width, width).CopyTo(inputs.Values[(((step * chosen.Length) + i) * width)..]);
            }
        }

        return new SequenceBatch(inputs, lengths, labels);
    }
}
