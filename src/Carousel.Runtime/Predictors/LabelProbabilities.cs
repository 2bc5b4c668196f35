namespace Carousel.Runtime.Predictors;

/// <summary>What a <see cref="Classifier"/> thinks of a sequence.</summary>
public sealed class LabelProbabilities
{
    private readonly float[] _probabilities;

    /// <summary>Puts labels and probabilities together.</summary>
    /// <param name="labels">The labels, one or more.</param>
    /// <param name="probabilities">[labels], copied.</param>
    /// <exception cref="ArgumentException">There are not as many of the one as of the other.</exception>
    public LabelProbabilities(IReadOnlyList<string> labels, ReadOnlySpan<float> probabilities)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != probabilities.Length || labels.Count == 0)
        {
            throw new ArgumentException($"{probabilities.Length} probabilities for {labels.Count} labels, expected one for each, and one at least", nameof(probabilities));
        }

        (Labels, _probabilities) = (labels, probabilities.ToArray());
        Index = Best(probabilities);
    }

    /// <summary>The labels, in the order of <see cref="Probabilities"/>.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The probability of each label [labels]; their sum is 1.</summary>
    public ReadOnlySpan<float> Probabilities => _probabilities;

    /// <summary>The place of the most probable label.</summary>
    public int Index { get; }

    /// <summary>The most probable label.</summary>
    public string Label => Labels[Index];

    /// <summary>Its probability.</summary>
    public float Confidence => _probabilities[Index];

    /// <summary>The place of the largest number, the first where several are.</summary>
    private static int Best(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int at = 1; at < values.Length; at++)
        {
            best = values[at] > values[best] ? at : best;
        }

        return best;
    }
}
