using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Tasks.Transcription;

/// <summary>Some utterances side by side, padded with zeros to the longest, as the network takes them.</summary>
/// <param name="Steps">[T, B, features of a time step], time first.</param>
/// <param name="Lengths">Time steps of each utterance.</param>
internal sealed record UtteranceBatch(Tensor Steps, int[] Lengths)
{
    /// <summary>Puts utterances side by side.</summary>
    /// <param name="tape">Gives the memory.</param>
    /// <param name="width">Features of a time step.</param>
    /// <param name="utterances">Time steps of each utterance [T, width], T 0 or more.</param>
    public static UtteranceBatch Of(Tape tape, int width, IReadOnlyList<float[]> utterances)
    {
        int batch = utterances.Count;
        int[] lengths = [.. utterances.Select(steps => steps.Length / width)];
        Tensor all = tape.Zeros(lengths.Max(), batch, width);
        for (int i = 0; i < batch; i++)
        {
            for (int t = 0; t < lengths[i]; t++)
            {
                utterances[i].AsSpan(t * width, width).CopyTo(all.Values[(((t * batch) + i) * width)..]);
            }
        }

        return new UtteranceBatch(all, lengths);
    }
}
