namespace Carousel.Metrics;

/// <summary>Errors of a forecast that do not depend on the unit of the series.</summary>
public static class ForecastErrors
{
    /// <summary>
    /// Symmetric mean absolute percentage error, (200/h)·Σ |y − f| / (|y| + |f|): 0 … 200 percent (Makridakis et al., 2020).
    /// A step where y and f are both 0 counts as no error.
    /// </summary>
    /// <param name="truth">True values [h].</param>
    /// <param name="forecast">Forecast values [h].</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Smape(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast)
    {
        Pairs.ThrowIfUnequalOrEmpty(truth.Length, forecast.Length);
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double size = Math.Abs(truth[i]) + Math.Abs(forecast[i]);
            sum += size == 0 ? 0 : Math.Abs(truth[i] - forecast[i]) / size;
        }

        return 200 * sum / truth.Length;
    }

    /// <summary>
    /// Mean absolute scaled error: the mean absolute error divided by <see cref="SeasonalScale"/> of the history. Below 1, the forecast
    /// is better than repeating the last season was within the history (Hyndman &amp; Koehler, 2006). NaN or ∞ when that scale is 0.
    /// </summary>
    /// <param name="truth">True values [h].</param>
    /// <param name="forecast">Forecast values [h].</param>
    /// <param name="history">The values before the forecast [n], n &gt; <paramref name="season"/>.</param>
    /// <param name="season">Steps in a season; 1 for a series without one.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or the history is too short.</exception>
    public static double Mase(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, ReadOnlySpan<double> history, int season) =>
        RegressionErrors.Of(truth, forecast).Mae / SeasonalScale(history, season);

    /// <summary>Mean absolute difference of values one season apart, 1/(n − m)·Σ |x_t − x_{t−m}|: what repeating the last season costs within the history.</summary>
    /// <param name="history">The values [n].</param>
    /// <param name="season">Steps m in a season, 1 … n − 1.</param>
    /// <exception cref="ArgumentException">The history is not longer than a season.</exception>
    public static double SeasonalScale(ReadOnlySpan<double> history, int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        if (history.Length <= season)
        {
            throw new ArgumentException($"the history holds {history.Length} values, expected more than one season of {season}", nameof(history));
        }

        double sum = 0;
        for (int t = season; t < history.Length; t++)
        {
            sum += Math.Abs(history[t] - history[t - season]);
        }

        return sum / (history.Length - season);
    }
}
