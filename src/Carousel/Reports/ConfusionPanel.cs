using Carousel.Metrics;

namespace Carousel.Reports;

/// <summary>What a classifier took each label for.</summary>
/// <param name="Split">Which part of the data: <c>test</c>.</param>
/// <param name="Labels">Names of the labels, in the order of the report's classes.</param>
/// <param name="Report">Counts and scores.</param>
public sealed record ConfusionPanel(string Split, IReadOnlyList<string> Labels, ClassificationReport Report);
