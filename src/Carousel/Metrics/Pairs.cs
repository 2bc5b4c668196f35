namespace Carousel.Metrics;

/// <summary>The check every metric over pairs of truth and prediction starts with.</summary>
internal static class Pairs
{
    public static void ThrowIfUnequal(int truth, int predicted)
    {
        if (truth != predicted)
        {
            throw new ArgumentException($"{predicted} predictions for {truth} true values, expected as many of one as of the other");
        }
    }

    public static void ThrowIfUnequalOrEmpty(int truth, int predicted)
    {
        ThrowIfUnequal(truth, predicted);
        if (truth == 0)
        {
            throw new ArgumentException("no values to average over, expected 1 or more");
        }
    }

    /// <summary>The check of metrics over texts that may have several references.</summary>
    public static void ThrowIfUnequalSets(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0)
        {
            throw new ArgumentException("no references, expected one set or more", nameof(references));
        }

        foreach (IReadOnlyList<string> set in references)
        {
            ThrowIfUnequal(set.Count, hypotheses.Count);
        }
    }
}
