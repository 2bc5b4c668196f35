namespace Carousel.Reports;

/// <summary>Error by distance into the future.</summary>
/// <param name="Name">The model's or the baseline's name.</param>
/// <param name="IsModel">True for the trained model.</param>
/// <param name="Values">The error of the forecasts 1, 2, … steps ahead.</param>
public sealed record HorizonError(string Name, bool IsModel, IReadOnlyList<double> Values);
