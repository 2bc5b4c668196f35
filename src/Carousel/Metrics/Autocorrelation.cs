namespace Carousel.Metrics;

/// <summary>How much a series resembles itself some steps later.</summary>
public static class Autocorrelation
{
    /// <summary>r_k = Σ (x_t − x̄)(x_{t+k} − x̄) / Σ (x_t − x̄)² for k = 0 … <paramref name="maximumLag"/> (Box &amp; Jenkins, 1976); all 0 for a constant series.</summary>
    /// <param name="values">The series [n].</param>
    /// <param name="maximumLag">Largest lag, 0 … n − 1.</param>
    /// <returns>r, one number per lag from 0 on.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The lag is not below the length of the series.</exception>
    public static double[] Of(ReadOnlySpan<double> values, int maximumLag)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximumLag);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(maximumLag, values.Length);
        double mean = 0;
        foreach (double value in values)
        {
            mean += value;
        }

        mean /= values.Length;
        double[] r = new double[maximumLag + 1];
        for (int k = 0; k <= maximumLag; k++)
        {
            for (int t = 0; t + k < values.Length; t++)
            {
                r[k] += (values[t] - mean) * (values[t + k] - mean);
            }
        }

        double variance = r[0];
        for (int k = 0; k <= maximumLag; k++)
        {
            r[k] = variance == 0 ? 0 : r[k] / variance;
        }

        return r;
    }
}
