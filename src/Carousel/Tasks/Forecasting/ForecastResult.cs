using Carousel.Data;
using Carousel.Training;

namespace Carousel.Tasks.Forecasting;

/// <summary>A trained forecaster and how it compares.</summary>
/// <param name="Recipe">As resolved for the data.</param>
/// <param name="Data">Series, parts and scaler.</param>
/// <param name="Summary">The training run.</param>
/// <param name="Model">With the best weights.</param>
/// <param name="Test">The model on the test part.</param>
/// <param name="Baselines">The baselines on the test part.</param>
public sealed record ForecastResult(
    ForecastRecipe Recipe,
    PreparedSeries Data,
    RunSummary Summary,
    ForecastModel Model,
    ScoredForecasts Test,
    IReadOnlyList<ScoredForecasts> Baselines);
