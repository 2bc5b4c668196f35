using Carousel.Data;
using Carousel.Metrics;
using Carousel.Tasks.Forecasting.Baselines;

namespace Carousel.Tasks.Forecasting;

/// <summary>
/// Adds up the errors of forecasts, window by window and always in the same order, so that a model and the baselines beside it are measured
/// by the same numbers.
/// </summary>
public sealed class ForecastScorer
{
    private readonly Windows _windows;
    private readonly double[] _scales;
    private double _squares;
    private double _absolutes;
    private double _scaled;
    private int _count;

    /// <summary>Starts a score.</summary>
    /// <param name="data">The series; its training part gives the scale of MASE.</param>
    /// <param name="windows">The part to score on: <see cref="PreparedSeries.Valid"/> or <see cref="PreparedSeries.Test"/>.</param>
    /// <param name="season">Rows in a season for MASE; 1 for none. A season as long as the training part counts as none.</param>
    public ForecastScorer(PreparedSeries data, Windows windows, int season)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        _windows = windows;
        _scales = new double[windows.Targets];
        RowRange train = data.Split.Train;
        for (int target = 0; target < _scales.Length; target++)
        {
            ReadOnlySpan<double> history = data.Series[target][train.Start..train.End];
            _scales[target] = ForecastErrors.SeasonalScale(history, season < history.Length ? season : 1) / data.Scaler.Deviations[target];
        }
    }

    /// <summary>Adds the forecast of one window.</summary>
    /// <param name="window">Which window.</param>
    /// <param name="forecast">[horizon, K] in scaled units.</param>
    /// <exception cref="ArgumentException">The forecast has another length.</exception>
    public void Add(int window, ReadOnlySpan<float> forecast)
    {
        int expected = _windows.Config.Horizon * _windows.Targets;
        if (forecast.Length != expected)
        {
            throw new ArgumentException($"the forecast holds {forecast.Length} numbers, expected {expected}", nameof(forecast));
        }

        int origin = _windows.Origin(window);
        for (int i = 0; i < forecast.Length; i++)
        {
            int target = i % _windows.Targets;
            double error = (double)_windows.Value(origin + (i / _windows.Targets), target) - forecast[i];
            _squares += error * error;
            _absolutes += Math.Abs(error);
            _scaled += Math.Abs(error) / _scales[target];
        }

        _count++;
    }

    /// <summary>The score of everything added so far; NaN when nothing was.</summary>
    public ForecastScore Score()
    {
        double numbers = (double)_count * _windows.Config.Horizon * _windows.Targets;
        return new ForecastScore(_squares / numbers, _absolutes / numbers, _scaled / numbers, _count);
    }

    /// <summary>Scores a baseline on every window of a part.</summary>
    /// <param name="baseline">The baseline.</param>
    /// <param name="data">The series.</param>
    /// <param name="windows">The part to score on.</param>
    /// <param name="season">Rows in a season for MASE; 1 for none.</param>
    public static ForecastScore Of(IForecastBaseline baseline, PreparedSeries data, Windows windows, int season)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        var scorer = new ForecastScorer(data, windows, season);
        float[] forecast = new float[windows.Config.Horizon * windows.Targets];
        for (int window = 0; window < windows.Count; window++)
        {
            baseline.Predict(windows, window, forecast);
            scorer.Add(window, forecast);
        }

        return scorer.Score();
    }
}
