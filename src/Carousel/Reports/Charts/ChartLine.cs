namespace Carousel.Reports.Charts;

/// <summary>One curve.</summary>
/// <param name="Name">Its entry in the legend.</param>
/// <param name="Style">CSS class that gives its colour: <c>model</c>, <c>truth</c>, <c>history</c>, <c>train</c>, <c>valid</c>, <c>b0</c> … <c>b5</c>.</param>
/// <param name="X">[n], increasing.</param>
/// <param name="Y">[n]; a number that is not finite leaves a gap.</param>
internal sealed record ChartLine(string Name, string Style, IReadOnlyList<double> X, IReadOnlyList<double> Y);
