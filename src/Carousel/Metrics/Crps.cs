using Carousel.Runtime.Kernels;

namespace Carousel.Metrics;

/// <summary>
/// Continuous ranked probability score of one predicted distribution against the value that came, in the value's unit; for a point
/// forecast it is the absolute error (Gneiting &amp; Raftery, 2007). Of quantiles: <see cref="QuantileErrors.Crps"/>.
/// </summary>
public static class Crps
{
    /// <summary>1/m·Σ|x_i − y| − 1/(2m²)·Σ_ij|x_i − x_j|: the members as the whole distribution.</summary>
    /// <param name="members">Members x [m] of the ensemble, 1 or more, in any order.</param>
    /// <param name="truth">y.</param>
    /// <exception cref="ArgumentException">There are no members.</exception>
    public static double Ensemble(ReadOnlySpan<double> members, double truth)
    {
        ThrowIfFewer(members, 1);
        return MeanDistance(members, truth) - (Spread(members) / (2.0 * members.Length * members.Length));
    }

    /// <summary>The same with 1/(2m(m − 1)): the members as a sample, unbiased in m (Ferro, 2014).</summary>
    /// <param name="members">Members x [m] of the ensemble, 2 or more, in any order.</param>
    /// <param name="truth">y.</param>
    /// <exception cref="ArgumentException">There are fewer than two members.</exception>
    public static double FairEnsemble(ReadOnlySpan<double> members, double truth)
    {
        ThrowIfFewer(members, 2);
        return MeanDistance(members, truth) - (Spread(members) / (2.0 * members.Length * (members.Length - 1)));
    }

    /// <summary>σ·(z·(2Φ(z) − 1) + 2φ(z) − 1/√π) with z = (y − μ)/σ.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="deviation">σ, above 0.</param>
    /// <param name="truth">y.</param>
    /// <exception cref="ArgumentOutOfRangeException">σ is not above 0.</exception>
    public static double Gaussian(double mean, double deviation, double truth)
    {
        if (!(deviation > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(deviation), deviation, "a standard deviation is expected to be above 0");
        }

        double z = (truth - mean) / deviation;
        double density = Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);
        return deviation * ((z * (1 - ErrorFunction.Complement(z / Math.Sqrt(2)))) + (2 * density) - (1 / Math.Sqrt(Math.PI)));
    }

    private static double MeanDistance(ReadOnlySpan<double> members, double truth)
    {
        double sum = 0;
        foreach (double member in members)
        {
            sum += Math.Abs(member - truth);
        }

        return sum / members.Length;
    }

    /// <summary>Σ_ij |x_i − x_j| over all ordered pairs. In sorted order the k-th member (from 0) is added k times and subtracted m − 1 − k times, twice.</summary>
    private static double Spread(ReadOnlySpan<double> members)
    {
        double[] sorted = members.ToArray();
        Array.Sort(sorted);
        double sum = 0;
        for (int k = 0; k < sorted.Length; k++)
        {
            sum += (2.0 * ((2.0 * k) - sorted.Length + 1)) * sorted[k];
        }

        return sum;
    }

    private static void ThrowIfFewer(ReadOnlySpan<double> members, int least)
    {
        if (members.Length < least)
        {
            throw new ArgumentException($"the ensemble has {members.Length} members, expected {least} or more", nameof(members));
        }
    }
}
