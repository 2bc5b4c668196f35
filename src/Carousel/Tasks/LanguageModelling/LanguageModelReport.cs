using System.Globalization;
using Carousel.Reports;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>What a language modelling run shows a person: <c>report.html</c>.</summary>
public static class LanguageModelReport
{
    /// <summary>Gathers the report of a finished run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="created">When the run ended.</param>
    public static TrainingReport Of(LanguageModelResult result, DateTimeOffset created)
    {
        ArgumentNullException.ThrowIfNull(result);
        LanguageModelConfig model = result.Recipe.Model;
        string unit = result.Data.Tokenizer.Unit.ToString().ToLowerInvariant();
        string task = string.Create(CultureInfo.InvariantCulture, $"Language model: the next {unit} out of {model.VocabularySize:N0}");
        return RunReport.Of(result.Recipe, result.Summary, created, task, "perplexity") with
        {
            PrimaryMetric = "perplexity",
            Metrics = [Table("test", result.TestMetrics), Table("validation", result.ValidMetrics)],
            Facts = [Epochs(result), Data(result), .. FactTable.OfRecipe(LanguageModelRecipeJson.Shared.Write(result.Recipe))],
        };
    }

    private static MetricsTable Table(string part, IReadOnlyDictionary<string, double> metrics) =>
        new(part, [.. metrics.Keys.Select(name => new MetricColumn(name))], [new MetricsRow("LSTM", true, [.. metrics.Values])]);

    private static FactTable Epochs(LanguageModelResult result) => new("Perplexity by epoch",
    [
        .. result.Summary.History.Select(entry => KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"epoch {entry.Epoch}, step {entry.Step:N0}"),
            string.Create(CultureInfo.InvariantCulture, $"training {Math.Exp(entry.TrainLoss):F2}, validation {entry.Metrics["perplexity"]:F2}"))),
    ]);

    private static FactTable Data(LanguageModelResult result)
    {
        static string Tokens(int[] part) => string.Create(CultureInfo.InvariantCulture, $"{part.Length:N0} tokens");
        return new FactTable("Data",
        [
            new("text", Path.GetFileName(Path.TrimEndingDirectorySeparator(result.Data.Name))),
            new("training part", Tokens(result.Data.Train)),
            new("validation part", Tokens(result.Data.Valid)),
            new("test part", Tokens(result.Data.Test)),
            new("speed", string.Create(CultureInfo.InvariantCulture, $"{result.TokensPerSecond:N0} tokens/s")),
            .. result.Summary.History[^1].Cost is { } cost ? (KeyValuePair<string, string>[])[new("an update", Cost(cost))] : [],
        ]);
    }

    private static string Cost(StepCost cost) => string.Create(CultureInfo.InvariantCulture,
        $"{1e3 * cost.SecondsPerStep:F1} ms, {cost.ItemsPerSecond:N0} tokens/s; {cost.AllocatedBytesPerStep:N0} bytes allocated; {cost.BufferBytes / 1e6:F0} MB of buffers; the process took {cost.PeakBytes / 1e6:F0} MB at most");
}
