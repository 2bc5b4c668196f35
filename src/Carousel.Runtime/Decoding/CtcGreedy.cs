namespace Carousel.Runtime.Decoding;

/// <summary>The best path of connectionist temporal classification (Graves et al. 2006): the most probable class of each time step, repeats merged, blanks left out.</summary>
public static class CtcGreedy
{
    /// <summary>Decodes a whole utterance.</summary>
    /// <param name="logits">[T, C], before any soft-max.</param>
    /// <param name="classes">C</param>
    /// <param name="blank">The class that stands for no label.</param>
    public static List<HeardLabel> Decode(ReadOnlySpan<float> logits, int classes, int blank = 0)
    {
        var labels = new List<HeardLabel>();
        for (int step = 0, last = blank; step * classes < logits.Length; step++)
        {
            last = Step(logits.Slice(step * classes, classes), step, last, labels, blank);
        }

        return labels;
    }

    /// <summary>Takes one time step.</summary>
    /// <param name="logits">[C], before any soft-max.</param>
    /// <param name="step">Its number.</param>
    /// <param name="last">The class of the time step before; the blank at first.</param>
    /// <param name="labels">Receives the label if a new one was heard; a repeated one is moved to where it is most probable.</param>
    /// <param name="blank">The class that stands for no label.</param>
    /// <returns>The class of this time step.</returns>
    public static int Step(ReadOnlySpan<float> logits, int step, int last, List<HeardLabel> labels, int blank = 0)
    {
        ArgumentNullException.ThrowIfNull(labels);
        int best = Best(logits);
        if (best != blank)
        {
            var heard = new HeardLabel(best, step, ShareOf(logits, best));
            if (best != last)
            {
                labels.Add(heard);
            }
            else if (heard.Share > labels[^1].Share)
            {
                labels[^1] = heard;
            }
        }

        return best;
    }

    /// <summary>The class of the highest score; the first of equal ones.</summary>
    /// <param name="scores">[C], C 1 or more.</param>
    internal static int Best(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int at = 1; at < scores.Length; at++)
        {
            best = scores[at] > scores[best] ? at : best;
        }

        return best;
    }

    private static float ShareOf(ReadOnlySpan<float> logits, int label)
    {
        float sum = 0;
        foreach (float logit in logits)
        {
            sum += MathF.Exp(logit - logits[label]);
        }

        return 1 / sum;
    }
}
