using Carousel.Data;

namespace Carousel.Tasks.Forecasting.Baselines;

/// <summary>Continues the straight line from the first to the last value of the window.</summary>
public sealed class DriftBaseline : IForecastBaseline
{
    /// <inheritdoc/>
    public string Name => "drift";

    /// <inheritdoc/>
    public void Predict(Windows windows, int window, Span<float> forecast)
    {
        ArgumentNullException.ThrowIfNull(windows);
        int first = windows.Start(window), last = windows.Origin(window) - 1;
        for (int i = 0; i < forecast.Length; i++)
        {
            int target = i % windows.Targets, steps = (i / windows.Targets) + 1;
            float end = windows.Value(last, target);
            float slope = last == first ? 0 : (end - windows.Value(first, target)) / (last - first);
            forecast[i] = end + (slope * steps);
        }
    }
}
