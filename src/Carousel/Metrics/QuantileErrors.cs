namespace Carousel.Metrics;

/// <summary>Errors of predicted quantiles (Koenker &amp; Bassett, 1978).</summary>
/// <param name="Pinball">The pinball loss of every item and level [N, Q], row-major.</param>
/// <param name="Mean">Mean over items and levels, in the values' unit.</param>
/// <param name="Weighted">Per level [Q]: 2·Σ pinball / Σ |y|, the weighted quantile loss; NaN when every true value is 0.</param>
public sealed record QuantileErrors(IReadOnlyList<double> Pinball, double Mean, IReadOnlyList<double> Weighted)
{
    /// <summary>Mean of the weighted quantile losses over the levels.</summary>
    public double MeanWeighted => Weighted.Average();

    /// <summary>The continuous ranked probability score that the quantiles approximate: twice the mean pinball loss (levels evenly spaced).</summary>
    public double Crps => 2 * Mean;

    /// <summary>max(q·e, (q − 1)·e) with e = y − ŷ.</summary>
    /// <param name="truth">y.</param>
    /// <param name="predicted">ŷ, the predicted quantile.</param>
    /// <param name="level">q, in (0, 1).</param>
    public static double PinballLoss(double truth, double predicted, double level)
    {
        double error = truth - predicted;
        return Math.Max(level * error, (level - 1) * error);
    }

    /// <summary>Scores predicted quantiles.</summary>
    /// <param name="truth">True values [N], 1 or more.</param>
    /// <param name="predicted">Predicted quantiles [N, Q], row-major.</param>
    /// <param name="levels">The levels [Q], each in (0, 1).</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or a level is out of range.</exception>
    public static QuantileErrors Of(ReadOnlySpan<double> truth, ReadOnlySpan<double> predicted, ReadOnlySpan<double> levels)
    {
        Pairs.ThrowIfUnequalOrEmpty(truth.Length * levels.Length, predicted.Length);
        double[] pinball = new double[predicted.Length], weighted = new double[levels.Length];
        double total = 0, size = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            size += Math.Abs(truth[i]);
            for (int q = 0; q < levels.Length; q++)
            {
                ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(levels[q], 0, nameof(levels));
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(levels[q], 1, nameof(levels));
                double loss = PinballLoss(truth[i], predicted[(i * levels.Length) + q], levels[q]);
                pinball[(i * levels.Length) + q] = loss;
                weighted[q] += loss;
                total += loss;
            }
        }

        for (int q = 0; q < weighted.Length; q++)
        {
            weighted[q] = 2 * weighted[q] / size;
        }

        return new QuantileErrors(pinball, total / pinball.Length, weighted);
    }
}
