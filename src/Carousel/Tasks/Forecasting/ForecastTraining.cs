using System.Globalization;
using Carousel.Data;
using Carousel.Runtime.Models;
using Carousel.Tasks.Forecasting.Baselines;
using Carousel.Training;

namespace Carousel.Tasks.Forecasting;

/// <summary>From a recipe and a series to a trained, measured forecaster in a run folder.</summary>
public static class ForecastTraining
{
    /// <summary>Trains, chooses by the validation part, and measures model and baselines on the test part.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="series">Read with the recipe's options.</param>
    /// <param name="run">Where it is written, what it may use, and who is told about it.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="DataFileException">The series does not fit the recipe.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ForecastResult Run(ForecastRecipe recipe, Series series, TrainingRun run, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        (recipe, PreparedSeries data) = Prepare(recipe, series);
        RunSummary summary = run.Fit(new ForecastTask(recipe, data), recipe.Training, ForecastRecipeJson.Shared.Write(recipe, indented: true), FingerprintOf(recipe, series), cancellation);
        ForecastModel model = ForecastModel.Load(run.Folder.Model);
        ScoredForecasts test = model.Evaluate(data, data.Test, run.Workers, cancellation);
        return new ForecastResult(recipe, data, summary, model, test, EvaluateBaselines(data, data.Test, recipe.Model));
    }

    /// <summary>Checks a recipe, fills in what the data tell, and prepares the series.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="series">Read with the recipe's options.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="DataFileException">The series does not fit the recipe.</exception>
    public static (ForecastRecipe Recipe, PreparedSeries Data) Prepare(ForecastRecipe recipe, Series series)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(series);
        ForecastRecipe resolved = recipe.ResolvedFor(series);
        bool findsSeason = resolved.Model.SeasonLength == 0;
        if (findsSeason)
        {
            resolved = resolved with { Model = resolved.Model with { SeasonLength = 1 } };
        }

        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'", [.. resolved.Validate(), .. resolved.Model.Validate().Select(problem => $"model.{problem}")]);
        var window = new WindowConfig { Length = resolved.Model.Window, Horizon = resolved.Model.Horizon, Stride = resolved.Stride };
        PreparedSeries data = PreparedSeries.Of(series, resolved.Split, window);
        if (findsSeason)
        {
            resolved = resolved with { Model = resolved.Model with { SeasonLength = ForecastBaselines.SeasonOf(data) } };
        }

        return (resolved, data);
    }

    /// <summary>Naive, seasonal naive, drift and linear forecasts on one part, scored as the model is.</summary>
    /// <param name="data">Series, parts and scaler.</param>
    /// <param name="windows">The part to measure on.</param>
    /// <param name="model">Horizon, targets, season.</param>
    public static IReadOnlyList<ScoredForecasts> EvaluateBaselines(PreparedSeries data, Windows windows, ForecasterConfig model)
    {
        ForecasterConfig point = model with { Quantiles = [] };
        return [.. ForecastBaselines.Fit(data, model.SeasonLength).Select(baseline =>
        {
            float[] forecasts = new float[windows.Count * point.HeadSize];
            for (int window = 0; window < windows.Count; window++)
            {
                baseline.Predict(windows, window, forecasts.AsSpan(window * point.HeadSize, point.HeadSize));
            }

            return new ScoredForecasts(baseline.Name, forecasts, ForecastMetrics.Of(forecasts, data, windows, point));
        })];
    }

    // A checkpoint belongs to one recipe and one set of numbers.
    private static string FingerprintOf(ForecastRecipe recipe, Series series)
    {
        using var fingerprint = new Fingerprint();
        fingerprint.Add(ForecastRecipeJson.Shared.Write(recipe));
        for (int column = 0; column < series.Columns.Count; column++)
        {
            fingerprint.Add(string.Create(CultureInfo.InvariantCulture, $"{column}:{series.Rows}:"));
            fingerprint.Add(series[column]);
        }

        return fingerprint.ToString();
    }
}
