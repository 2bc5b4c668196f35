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
        double mean = Mean(values), variance = Product(values, mean, 0);
        double[] r = new double[maximumLag + 1];
        for (int k = 0; k <= maximumLag && variance > 0; k++)
        {
            r[k] = Product(values, mean, k) / variance;
        }

        return r;
    }

    /// <summary>r_k of one lag; 0 for a constant series.</summary>
    /// <param name="values">The series [n].</param>
    /// <param name="lag">The lag k, 0 … n − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The lag is not below the length of the series.</exception>
    public static double At(ReadOnlySpan<double> values, int lag)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lag);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(lag, values.Length);
        double mean = Mean(values), variance = Product(values, mean, 0);
        return variance > 0 ? Product(values, mean, lag) / variance : 0;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }

    private static double Product(ReadOnlySpan<double> values, double mean, int lag)
    {
        double sum = 0;
        for (int t = 0; t + lag < values.Length; t++)
        {
            sum += (values[t] - mean) * (values[t + lag] - mean);
        }

        return sum;
    }
}
