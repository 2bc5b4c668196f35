namespace Carousel.Optimizers;

/// <summary>How weights are averaged over the steps of training, beside any optimiser.</summary>
public sealed record AveragingConfig
{
    /// <summary>
    /// d, share of the past in an exponential moving average, 0 ≤ d &lt; 1; null for the plain mean of all steps from <see cref="Start"/> on
    /// (Ruppert 1988; Polyak &amp; Juditsky 1992).
    /// </summary>
    /// <value>null</value>
    public double? Decay { get; init; }

    /// <summary>Steps before the average begins; 0 or more.</summary>
    /// <value>0</value>
    public long Start { get; init; }

    /// <summary>
    /// n, evaluations of patience: the average does not begin at a step but after the first evaluation that is worse than the best of all but the last n before it
    /// (non-monotonically triggered averaged SGD, Merity et al. 2018, algorithm 1). 0 or more; null for an average that begins after <see cref="Start"/>.
    /// </summary>
    /// <value>null</value>
    public int? NonMonotone { get; init; }

    /// <summary>Every problem of this record, each as one sentence that names the field, what was found and what is allowed; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Decay is double decay && !(decay >= 0 && decay < 1))
        {
            yield return $"decay is {decay}, expected 0 ≤ decay < 1, or null for the plain mean";
        }

        if (NonMonotone < 0)
        {
            yield return $"non_monotone is {NonMonotone}, expected 0 or more, or null";
        }

        if (NonMonotone is not null && Start != 0)
        {
            yield return $"start is {Start}, expected 0: non_monotone says when the average begins";
        }

        if (Start < 0)
        {
            yield return $"start is {Start}, expected 0 or more";
        }
    }
}
