using System.Globalization;
using Carousel.Data;
using Carousel.Reports;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Forecasting;

/// <summary>What a forecasting run shows a person: <c>report.html</c>.</summary>
public static class ForecastReport
{
    private const int Panels = 4;
    private const int LongestStretch = 2000;

    /// <summary>Gathers the report of a finished run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="created">When the run ended.</param>
    public static TrainingReport Of(ForecastResult result, DateTimeOffset created)
    {
        ArgumentNullException.ThrowIfNull(result);
        ForecasterConfig model = result.Recipe.Model;
        string task = $"Forecast of {string.Join(", ", model.Targets)}, {model.Horizon} rows ahead from the last {model.Window}";
        return RunReport.Of(result.Recipe, result.Summary, created, task, "error", result.Data.Warnings) with
        {
            PrimaryMetric = "mse",
            Metrics = [Table(result)],
            Forecasts = [Stretch(result), .. Examples(result)],
            HorizonErrors = [HorizonError(result, result.Test, isModel: true), .. result.Baselines.Select(baseline => HorizonError(result, baseline, isModel: false))],
            Facts = [Data(result), .. FactTable.OfRecipe(ForecastRecipeJson.Shared.Write(result.Recipe))],
        };
    }

    private static MetricsTable Table(ForecastResult result)
    {
        string[] names = [.. result.Test.Metrics.Keys];
        IEnumerable<ScoredForecasts> rows = [result.Test, .. result.Baselines];
        return new MetricsTable("test", [.. names.Select(name => new MetricColumn(name))],
            [.. rows.Select(row => new MetricsRow(Shown(row.Name), ReferenceEquals(row, result.Test), [.. names.Select(name => row.Metrics.GetValueOrDefault(name, double.NaN))]))]);
    }

    private static string Shown(string name) => name.Replace('_', ' ');

    // Forecasts laid end to end, one horizon after the other: each point was forecast before anything in its own horizon was known.
    private static ForecastPanel Stretch(ForecastResult result)
    {
        ForecasterConfig model = result.Recipe.Model;
        Windows windows = result.Data.Test;
        int count = Math.Max(1, Math.Min(LongestStretch, windows.Count + model.Horizon - 1) / model.Horizon);
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => i * model.Horizon)];
        return Panel(result, chosen, historyRows: 0) with { Title = $"{model.Targets[0]}: the test part, {count} forecasts end to end", Wide = true };
    }

    private static IEnumerable<ForecastPanel> Examples(ForecastResult result)
    {
        ForecasterConfig model = result.Recipe.Model;
        IReadOnlyList<DateTime>? times = result.Data.Series.Timestamps;
        bool daily = times?.All(static time => time.TimeOfDay == TimeSpan.Zero) ?? false;
        int count = Math.Min(Panels, result.Data.Test.Count);
        for (int i = 0; i < count; i++)
        {
            int window = count == 1 ? 0 : (int)((long)i * (result.Data.Test.Count - 1) / (count - 1));
            int row = result.Data.Test.Origin(window);
            string when = times is null ? $"row {row}" : times[row].ToString(daily ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            yield return Panel(result, [window], Math.Min(model.Window, 3 * model.Horizon)) with { Title = $"{model.Targets[0]} from {when}" };
        }
    }

    private static ForecastPanel Panel(ForecastResult result, int[] chosen, int historyRows)
    {
        ForecasterConfig model = result.Recipe.Model;
        PreparedSeries data = result.Data;
        int first = data.Test.Origin(chosen[0]), rows = chosen.Length * model.Horizon;
        double[] Output(int output) => [.. chosen.SelectMany(window => Enumerable.Range(0, model.Horizon).Select(ahead =>
            data.Scaler.Unscale(result.Test.Forecasts[(((window * model.Horizon) + ahead) * model.Targets.Count * model.OutputsPerValue) + output], 0)))];

        bool hasBand = model.Quantiles.Count > 1;
        return new ForecastPanel
        {
            Title = "",
            Target = model.Targets[0],
            History = data.Series[0].Slice(first - historyRows, historyRows).ToArray(),
            Truth = data.Series[0].Slice(first, rows).ToArray(),
            Prediction = Output(ForecastMetrics.Middle(model.Quantiles)),
            Lower = hasBand ? Output(0) : null,
            Upper = hasBand ? Output(model.Quantiles.Count - 1) : null,
            BandName = hasBand ? string.Create(CultureInfo.InvariantCulture, $"{100 * (model.Quantiles[^1] - model.Quantiles[0]):G3} % band") : "band",
            Times = data.Series.Timestamps is { } times ? [.. Enumerable.Range(first - historyRows, historyRows + rows).Select(row => times[row])] : null,
        };
    }

    private static HorizonError HorizonError(ForecastResult result, ScoredForecasts scored, bool isModel)
    {
        ForecasterConfig model = isModel ? result.Recipe.Model : result.Recipe.Model with { Quantiles = [] };
        int targets = model.Targets.Count, outputs = model.OutputsPerValue, middle = ForecastMetrics.Middle(model.Quantiles);
        Windows windows = result.Data.Test;
        double[] errors = new double[model.Horizon];
        for (int window = 0; window < windows.Count; window++)
        {
            int origin = windows.Origin(window);
            for (int k = 0; k < model.Horizon * targets; k++)
            {
                double error = scored.Forecasts[(((window * model.Horizon * targets) + k) * outputs) + middle] - windows.Value(origin + (k / targets), k % targets);
                errors[k / targets] += error * error / ((double)windows.Count * targets);
            }
        }

        return new HorizonError(Shown(scored.Name), isModel, errors);
    }

    private static FactTable Data(ForecastResult result)
    {
        static string Rows(Windows windows) => string.Create(CultureInfo.InvariantCulture, $"rows {windows.Part.Start:N0} to {windows.Part.End - 1:N0}, {windows.Count:N0} windows");
        PreparedSeries data = result.Data;
        return new FactTable("Data",
        [
            new("file", data.Series.Name),
            new("rows", data.Series.Rows.ToString("N0", CultureInfo.InvariantCulture)),
            new("columns", string.Join(", ", data.Series.Columns)),
            new("training part", Rows(data.Train)),
            new("validation part", Rows(data.Valid)),
            new("test part", Rows(data.Test)),
            new("season", result.Recipe.Model.SeasonLength > 1 ? $"{result.Recipe.Model.SeasonLength} rows" : "none"),
        ]);
    }
}
