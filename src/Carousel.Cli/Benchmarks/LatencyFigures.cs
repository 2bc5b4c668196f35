namespace Carousel.Cli.Benchmarks;

/// <summary>What many durations of the same work come to, in microseconds.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="P50">The median.</param>
/// <param name="P99">99 of 100 were not longer.</param>
/// <param name="P999">999 of 1,000 were not longer.</param>
/// <param name="Max">The longest.</param>
internal sealed record LatencyFigures(double Mean, double P50, double P99, double P999, double Max)
{
    /// <summary>Sums up samples.</summary>
    /// <param name="samples">In any order; at least one.</param>
    public static LatencyFigures Of(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        return new LatencyFigures(sorted.Average(), Percentile(sorted, 0.5), Percentile(sorted, 0.99), Percentile(sorted, 0.999), sorted[^1]);
    }

    /// <summary>The smallest sample that at least this share of all samples does not exceed (the nearest rank): always a duration that occurred.</summary>
    /// <param name="sorted">In increasing order; at least one.</param>
    /// <param name="share">0 … 1</param>
    public static double Percentile(ReadOnlySpan<double> sorted, double share)
    {
        if (sorted.IsEmpty)
        {
            throw new ArgumentException("no samples, expected at least one", nameof(sorted));
        }

        // 0.999 · 1000 is not a whole number in binary; a rank must not grow by that.
        int rank = (int)Math.Ceiling((share * sorted.Length) - 1e-9);
        return sorted[Math.Clamp(rank, 1, sorted.Length) - 1];
    }

    /// <summary>The middle of a few figures.</summary>
    public static double Median(IEnumerable<double> values) => Percentile([.. values.Order()], 0.5);
}
