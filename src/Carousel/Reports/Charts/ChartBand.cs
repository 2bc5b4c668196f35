namespace Carousel.Reports.Charts;

/// <summary>A filled area between two curves.</summary>
/// <param name="Name">Its entry in the legend.</param>
/// <param name="Style">CSS class that gives its colour.</param>
/// <param name="X">[n], increasing.</param>
/// <param name="Lower">[n]</param>
/// <param name="Upper">[n]</param>
internal sealed record ChartBand(string Name, string Style, IReadOnlyList<double> X, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper);
