using Carousel.Data;

namespace Carousel.Tasks.Forecasting.Baselines;

/// <summary>Repeats the last season. Where the season is longer than the window it looks further back than the model does.</summary>
public sealed class SeasonalNaiveBaseline : IForecastBaseline
{
    private readonly int _season;

    /// <summary>Creates the baseline.</summary>
    /// <param name="season">Rows in a season, 1 or more; not more than the rows before the first window to forecast.</param>
    public SeasonalNaiveBaseline(int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        _season = season;
    }

    /// <inheritdoc/>
    public string Name => "seasonal_naive";

    /// <summary>Rows in a season.</summary>
    public int Season => _season;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Less than one season lies before the window.</exception>
    public void Predict(Windows windows, int window, Span<float> forecast)
    {
        ArgumentNullException.ThrowIfNull(windows);
        int origin = windows.Origin(window);
        if (origin < _season)
        {
            throw new ArgumentException($"{origin} rows before the window, expected a season of {_season} or more", nameof(window));
        }

        for (int i = 0; i < forecast.Length; i++)
        {
            forecast[i] = windows.Value(origin - _season + (i / windows.Targets % _season), i % windows.Targets);
        }
    }
}
