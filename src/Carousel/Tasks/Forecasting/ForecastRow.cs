namespace Carousel.Tasks.Forecasting;

/// <summary>The forecast for one row to come.</summary>
/// <param name="Ahead">Rows after the last known one, from 1.</param>
/// <param name="Time">Its time, when the series has dates at a regular distance.</param>
/// <param name="Values">For each target the forecast, or one number per quantile; in the units of the series.</param>
public sealed record ForecastRow(int Ahead, DateTime? Time, IReadOnlyList<IReadOnlyList<double>> Values);
