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

    /// <summary>Every problem of this record, each as one sentence that names the field, what was found and what is allowed; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Decay is double decay && !(decay >= 0 && decay < 1))
        {
            yield return $"decay is {decay}, expected 0 ≤ decay < 1, or null for the plain mean";
        }

        if (Start < 0)
        {
            yield return $"start is {Start}, expected 0 or more";
        }
    }
}
