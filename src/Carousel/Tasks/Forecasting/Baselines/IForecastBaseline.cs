using Carousel.Data;

namespace Carousel.Tasks.Forecasting.Baselines;

/// <summary>A forecast so simple that a model has to beat it to be worth having. It sees nothing at or after the row it forecasts from.</summary>
public interface IForecastBaseline
{
    /// <summary>Name as tables and the JSON field `baselines` give it.</summary>
    string Name { get; }

    /// <summary>Forecasts one window.</summary>
    /// <param name="windows">The windows of a part.</param>
    /// <param name="window">Which window, 0 … count − 1.</param>
    /// <param name="forecast">Receives [horizon, K] in scaled units.</param>
    void Predict(Windows windows, int window, Span<float> forecast);
}
