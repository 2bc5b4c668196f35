using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Runtime.Kernels;
using Carousel.Tasks.Forecasting;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>Forecasting on the command line.</summary>
internal sealed class ForecastTaskCommands : ITask
{
    /// <inheritdoc/>
    public string Name => "forecast";

    /// <inheritdoc/>
    public string DefaultRecipe => ForecastRecipeJson.Shared.Write(ForecastRecipe.Default);

    /// <inheritdoc/>
    public async Task TrainAsync(TrainingOrder order, CommandOutput output, CancellationToken cancellation)
    {
        var recipe = ForecastRecipeJson.Shared.Read<ForecastRecipe>(order.Recipe, order.Source);
        Series series = Series.FromCsv(order.Data, recipe.CsvOptions);
        ForecastTraining.Prepare(recipe, series);
        using RunFolder folder = order.OpenFolder(recipe.Training, output);
        await ForecastRun.TrainAsync(recipe, series, folder, order.Threads, output, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Evaluate(EvaluationOrder order, CommandOutput output, CancellationToken cancellation)
    {
        ForecastModel model = ForecastModel.Load(order.Model);
        ForecastRecipe recipe = (model.Recipe ?? new ForecastRecipe()) with { Model = model.Config };
        Series series = Series.FromCsv(order.Data, recipe.CsvOptions);
        var window = new WindowConfig { Length = model.Config.Window, Horizon = model.Config.Horizon };
        PreparedSeries data = PreparedSeries.Of(series, recipe.Split, window, model.Scaler);
        Windows windows = order.Choose(data.Train, data.Valid, data.Test);
        using var workers = new Workers(order.Threads);
        ScoredForecasts exact = model.Evaluate(data, windows, workers, cancellation);
        ScoredForecasts scored = order.Precision is { } precision ? model.Evaluate(data, windows, order.Options(precision), cancellation) : exact;
        IReadOnlyList<ScoredForecasts> baselines = ForecastTraining.EvaluateBaselines(data, windows, model.Config);
        JsonObject document = EvaluationDocument.Of(Name, order, windows.Count, scored.Metrics, ForecastRun.Baselines(baselines));
        PrecisionCost? cost = order.Precision is null ? null : PrecisionCost.Of(order.Precision.Value, exact.Metrics, scored.Metrics, exact.Forecasts, scored.Forecasts);
        cost?.AddTo(document);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{windows.Count:N0} windows of the {order.Part} part (rows {windows.Part.Start:N0} to {windows.Part.End - 1:N0})"));
            console.Write(ForecastRun.Compare(output, [scored, .. baselines]));
            cost?.Write(console);
        });
    }
}
