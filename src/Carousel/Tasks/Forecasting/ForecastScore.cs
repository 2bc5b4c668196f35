namespace Carousel.Tasks.Forecasting;

/// <summary>Errors of forecasts over all windows of a part, averaged over windows, horizon and targets.</summary>
/// <param name="Mse">Mean squared error in scaled units, the measure of the Informer protocol.</param>
/// <param name="Mae">Mean absolute error in scaled units.</param>
/// <param name="Mase">
/// Mean absolute error relative to what repeating the last season costs within the training part (Hyndman &amp; Koehler, 2006); below 1 is
/// better than that. NaN or ∞ where the training part repeats itself exactly.
/// </param>
/// <param name="Windows">Number of windows averaged over.</param>
public sealed record ForecastScore(double Mse, double Mae, double Mase, int Windows);
