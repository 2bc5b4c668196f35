using Carousel.Data;

namespace Carousel.Tasks.Forecasting.Baselines;

/// <summary>Repeats the last value.</summary>
public sealed class NaiveBaseline : IForecastBaseline
{
    /// <inheritdoc/>
    public string Name => "naive";

    /// <inheritdoc/>
    public void Predict(Windows windows, int window, Span<float> forecast)
    {
        ArgumentNullException.ThrowIfNull(windows);
        int last = windows.Origin(window) - 1;
        for (int i = 0; i < forecast.Length; i++)
        {
            forecast[i] = windows.Value(last, i % windows.Targets);
        }
    }
}
