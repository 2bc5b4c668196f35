namespace Carousel.Metrics;

/// <summary>
/// The M4 competition's benchmark: the last value, adjusted for the season where a 90 % test finds one (Makridakis et al., 2020).
/// </summary>
/// <param name="Forecast">The forecast [h].</param>
/// <param name="SeasonalIndices">The multiplicative index of each season [m], mean 1; empty when no season was found.</param>
public sealed record Naive2(IReadOnlyList<double> Forecast, IReadOnlyList<double> SeasonalIndices)
{
    // The 95 % point of the normal distribution, two-sided 90 %, as the competition's code has it.
    private const double Critical = 1.645;

    /// <summary>True when the test found a season.</summary>
    public bool IsSeasonal => SeasonalIndices.Count > 0;

    /// <summary>Forecasts <paramref name="horizon"/> values after a history.</summary>
    /// <param name="history">The values [n], 1 or more.</param>
    /// <param name="season">Steps m in a season; 1 for none.</param>
    /// <param name="horizon">Values to forecast, 1 or more.</param>
    /// <exception cref="ArgumentException">The history is empty, or a number is below 1.</exception>
    public static Naive2 Of(ReadOnlySpan<double> history, int season, int horizon)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        if (history.IsEmpty)
        {
            throw new ArgumentException("the history is empty, expected 1 value or more", nameof(history));
        }

        double[] forecast = new double[horizon];
        double last = history[^1];
        if (!HasSeason(history, season))
        {
            Array.Fill(forecast, last);
            return new Naive2(forecast, []);
        }

        double[] indices = Indices(history, season);
        double level = last / indices[(history.Length - 1) % season];
        for (int h = 0; h < horizon; h++)
        {
            forecast[h] = level * indices[(history.Length + h) % season];
        }

        return new Naive2(forecast, indices);
    }

    /// <summary>
    /// Whether the autocorrelation at lag m leaves its 90 % interval, |r_m| &gt; 1.645·√((1 + 2·Σ_{k&lt;m} r_k²) / n). False for m = 1,
    /// for fewer than three seasons, for m beyond ⌊10·log₁₀ n⌋ and for a constant series.
    /// </summary>
    /// <param name="history">The values [n].</param>
    /// <param name="season">Steps m in a season, 1 or more.</param>
    public static bool HasSeason(ReadOnlySpan<double> history, int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        int n = history.Length;
        if (season == 1 || n < 3 * season || season > (int)Math.Floor(10 * Math.Log10(n)))
        {
            return false;
        }

        double[] r = Autocorrelation.Of(history, season);
        double squares = 0;
        for (int k = 1; k < season; k++)
        {
            squares += r[k] * r[k];
        }

        return Math.Abs(r[season]) > Critical / Math.Sqrt(n) * Math.Sqrt(1 + (2 * squares));
    }

    /// <summary>Classical multiplicative decomposition: ratios to the centred moving average of one season, averaged per season, mean 1.</summary>
    private static double[] Indices(ReadOnlySpan<double> history, int season)
    {
        double[] sums = new double[season];
        int[] counts = new int[season];
        int half = season / 2;
        bool even = season % 2 == 0;
        for (int t = half; t < history.Length - half; t++)
        {
            // An even season has no middle: the two end points count half each (the 2×m average).
            double average = 0;
            for (int k = -half; k <= half; k++)
            {
                average += (even && Math.Abs(k) == half ? 0.5 : 1) * history[t + k];
            }

            sums[t % season] += history[t] / (average / season);
            counts[t % season]++;
        }

        double mean = 0;
        for (int s = 0; s < season; s++)
        {
            sums[s] /= counts[s];
            mean += sums[s] / season;
        }

        for (int s = 0; s < season; s++)
        {
            sums[s] /= mean;
        }

        return sums;
    }
}
