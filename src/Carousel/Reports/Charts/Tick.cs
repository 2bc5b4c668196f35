namespace Carousel.Reports.Charts;

/// <summary>A marked place on an axis.</summary>
/// <param name="Value">Where, in the units of the data.</param>
/// <param name="Label">What stands beside it.</param>
internal readonly record struct Tick(double Value, string Label);
