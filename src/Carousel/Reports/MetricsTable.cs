namespace Carousel.Reports;

/// <summary>The model beside the baselines on one part of the data.</summary>
/// <param name="Split">Which part: <c>test</c>, <c>valid</c>.</param>
/// <param name="Columns">The metrics.</param>
/// <param name="Rows">The model first, then the baselines.</param>
public sealed record MetricsTable(string Split, IReadOnlyList<MetricColumn> Columns, IReadOnlyList<MetricsRow> Rows);
