namespace Carousel.Reports;

/// <summary>One metric of a table.</summary>
/// <param name="Name">Its name as reports and JSON spell it: <c>mse</c>, <c>macro_f1</c>.</param>
/// <param name="HigherIsBetter">True for accuracy, F1 and BLEU; false for errors.</param>
public sealed record MetricColumn(string Name, bool HigherIsBetter = false);
