namespace Carousel.Metrics;

/// <summary>
/// Scores of the M4 competition (Makridakis et al., 2020): the mean over the horizon first, then over the series.
/// </summary>
/// <param name="Smape">Mean sMAPE, percent.</param>
/// <param name="Mase">Mean MASE.</param>
/// <param name="Naive2Smape">Mean sMAPE of Naive2 on the same series, percent.</param>
/// <param name="Naive2Mase">Mean MASE of Naive2 on the same series.</param>
/// <param name="Series">Number of series.</param>
public sealed record M4Score(double Smape, double Mase, double Naive2Smape, double Naive2Mase, int Series)
{
    /// <summary>Overall weighted average, ½·(sMAPE / sMAPE of Naive2 + MASE / MASE of Naive2): below 1 is better than Naive2.</summary>
    public double Owa => 0.5 * ((Smape / Naive2Smape) + (Mase / Naive2Mase));

    /// <summary>Scores one series.</summary>
    /// <param name="history">The values before the forecast [n], more than one season.</param>
    /// <param name="truth">The true values [h].</param>
    /// <param name="forecast">The forecast [h].</param>
    /// <param name="season">Steps in a season; 1 for none.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or the history is too short.</exception>
    public static M4Score Of(ReadOnlySpan<double> history, ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, int season)
    {
        double[] naive = [.. Naive2.Of(history, season, truth.Length).Forecast];
        return new M4Score(
            ForecastErrors.Smape(truth, forecast),
            ForecastErrors.Mase(truth, forecast, history, season),
            ForecastErrors.Smape(truth, naive),
            ForecastErrors.Mase(truth, naive, history, season),
            1);
    }

    /// <summary>Averages scores; each series counts once.</summary>
    /// <param name="scores">Scores of single series or of groups, one or more.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static M4Score Mean(IReadOnlyCollection<M4Score> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        int series = scores.Sum(score => score.Series);
        return series == 0
            ? throw new ArgumentException("no series to average over, expected 1 or more", nameof(scores))
            : new M4Score(
                scores.Sum(score => score.Smape * score.Series) / series,
                scores.Sum(score => score.Mase * score.Series) / series,
                scores.Sum(score => score.Naive2Smape * score.Series) / series,
                scores.Sum(score => score.Naive2Mase * score.Series) / series,
                series);
    }
}
