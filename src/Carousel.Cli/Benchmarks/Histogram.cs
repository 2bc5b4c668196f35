namespace Carousel.Cli.Benchmarks;

/// <summary>How often durations fell into each of many equal intervals.</summary>
/// <param name="Start">Where the first interval begins, in microseconds.</param>
/// <param name="Width">Of an interval, in microseconds; above 0.</param>
/// <param name="Counts">Samples in each interval.</param>
/// <param name="Beyond">Samples above the last interval: a few interruptions would otherwise leave no room for the rest.</param>
internal sealed record Histogram(double Start, double Width, IReadOnlyList<int> Counts, int Beyond)
{
    /// <summary>Counts samples from the shortest to a little beyond the 99th percentile.</summary>
    /// <param name="samples">In any order; at least one.</param>
    /// <param name="intervals">Number of intervals.</param>
    public static Histogram Of(IEnumerable<double> samples, int intervals)
    {
        double[] sorted = [.. samples.Order()];
        double start = sorted[0], end = LatencyFigures.Percentile(sorted, 0.99);
        end += 0.15 * (end - start);
        double width = end > start ? (end - start) / intervals : Math.Max(start * 1e-3, 1e-3);
        int[] counts = new int[intervals];
        int beyond = 0;
        foreach (double sample in sorted)
        {
            int interval = (int)Math.Min((sample - start) / width, intervals);
            if (interval < intervals)
            {
                counts[interval]++;
            }
            else
            {
                beyond++;
            }
        }

        return new Histogram(start, width, counts, beyond);
    }
}
