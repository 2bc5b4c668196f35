namespace Carousel.Reports.Charts;

/// <summary>A vertical rule, with a dot on a curve if <paramref name="Y"/> is given.</summary>
/// <param name="X">Where.</param>
/// <param name="Y">Height of the dot, or NaN for none.</param>
/// <param name="Label">What stands beside it; empty for nothing.</param>
internal sealed record ChartMark(double X, double Y, string Label);
