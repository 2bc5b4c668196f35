namespace Carousel.Reports;

/// <summary>One line of a metrics table.</summary>
/// <param name="Name">The model's or the baseline's name.</param>
/// <param name="IsModel">True for the trained model, false for a baseline.</param>
/// <param name="Values">One number per column; NaN where a metric does not apply.</param>
public sealed record MetricsRow(string Name, bool IsModel, IReadOnlyList<double> Values);
