namespace Carousel.Tasks.Forecasting;

/// <summary>Forecasts for every window of a part, and their errors.</summary>
/// <param name="Name">The model's or the baseline's name.</param>
/// <param name="Forecasts">[windows, horizon · targets · outputs per value] in scaled units.</param>
/// <param name="Metrics">Metrics by name, in the order of display.</param>
public sealed record ScoredForecasts(string Name, float[] Forecasts, IReadOnlyDictionary<string, double> Metrics);
