using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Tasks.Forecasting;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>Training a forecaster with progress on the console, and showing what came of it; shared by <c>train</c> and <c>quickstart</c>.</summary>
internal static class ForecastRun
{
    /// <summary>Trains, writes the report, and prints the result.</summary>
    public static async Task TrainAsync(ForecastRecipe recipe, Series series, RunFolder folder, int threads, CommandOutput output, CancellationToken cancellation)
    {
        ForecastResult result = await ConsoleTraining.RunAsync(folder, threads, output, run => ForecastTraining.Run(recipe, series, run, cancellation), ForecastReport.Of).ConfigureAwait(false);
        foreach (string warning in result.Data.Warnings)
        {
            output.Warning(warning);
        }

        HistoryEntry best = result.Summary.Best;
        JsonObject document = RunDocument.Of("forecast", result.Recipe, result.Summary, result.Data.Test.Count, result.Test.Metrics, folder);
        document["baselines"] = Baselines(result.Baselines);
        output.Result(document, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Recipe.Name}: {result.Summary.Parameters:N0} parameters, {result.Summary.Steps:N0} steps in {result.Summary.Seconds:F1} s; best at step {best.Step:N0}"));
            console.Write(Compare(output, [result.Test, .. result.Baselines]));
            RunDocument.WriteEnd(console, result.Recipe, result.Test.Metrics, folder);
        });
    }

    /// <summary>The model and the baselines beside each other, the best of each metric marked.</summary>
    public static Table Compare(CommandOutput output, IReadOnlyList<ScoredForecasts> rows)
    {
        string[] metrics = [.. rows[0].Metrics.Keys];
        Table table = output.Table(["", .. metrics.Select(metric => $">{metric}")]);
        foreach (ScoredForecasts row in rows)
        {
            table.AddRow([new Text(row.Name), .. metrics.Select(metric => Cell(row.Metrics, metric, rows.Min(other => other.Metrics.GetValueOrDefault(metric, double.PositiveInfinity))))]);
        }

        return table;
    }

    /// <summary>Metrics of each baseline, for scripts.</summary>
    public static JsonObject Baselines(IReadOnlyList<ScoredForecasts> baselines)
    {
        var document = new JsonObject();
        foreach (ScoredForecasts baseline in baselines)
        {
            document[baseline.Name] = JsonNumber.Object(baseline.Metrics);
        }

        return document;
    }

    private static Text Cell(IReadOnlyDictionary<string, double> values, string metric, double best) => values.TryGetValue(metric, out double value)
        ? new Text(value.ToString("G4", CultureInfo.InvariantCulture), new Style(value <= best ? Color.Green : null, decoration: value <= best ? Decoration.Bold : null))
        : new Text("–");
}
