using System.Globalization;
using Carousel.Metrics;
using Carousel.Reports;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Classification;

/// <summary>What a classification run shows a person: <c>report.html</c>.</summary>
public static class ClassificationRunReport
{
    // More do not fit on a page.
    private const int MostLabels = 100;

    /// <summary>Gathers the report of a finished run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="created">When the run ended.</param>
    public static TrainingReport Of(ClassificationResult result, DateTimeOffset created)
    {
        ArgumentNullException.ThrowIfNull(result);
        ClassifierConfig model = result.Recipe.Model;
        string task = string.Create(CultureInfo.InvariantCulture, $"Classification: {(model.ReadsText ? "texts" : $"sequences of {model.Features.Count} {(model.Features.Count == 1 ? "number" : "numbers")}")}, {model.Labels.Count} labels");
        return RunReport.Of(result.Recipe, result.Summary, created, task, "loss") with
        {
            PrimaryMetric = "accuracy",
            Metrics = [Table(result, "test", result.Test, result.Data.Test), Table(result, "validation", result.Valid, result.Data.Valid)],
            Confusion = model.Labels.Count <= MostLabels ? new ConfusionPanel("test", model.Labels, result.Test.Report) : null,
            Facts = [Data(result), .. FactTable.OfRecipe(ClassificationRecipeJson.Shared.Write(result.Recipe))],
        };
    }

    private static MetricsTable Table(ClassificationResult result, string part, ScoredSequences scored, LabelledSequences sequences)
    {
        ClassificationReport frequent = ClassificationResult.MostFrequent(result.Data.Train, sequences, result.Recipe.Model.Labels.Count);
        return new MetricsTable(part, [.. scored.Metrics.Keys.Select(MetricColumn.Of)],
        [
            new MetricsRow("LSTM", true, [.. scored.Metrics.Values]),
            new MetricsRow("most frequent label", false, [frequent.Accuracy, frequent.Macro.F1, frequent.Micro.F1, double.NaN]),
        ]);
    }

    private static FactTable Data(ClassificationResult result)
    {
        static string Part(LabelledSequences part) => part.Count == 0 ? "none" : string.Create(CultureInfo.InvariantCulture,
            $"{part.Count:N0} sequences of {Enumerable.Range(0, part.Count).Min(part.StepsOf):N0} to {Enumerable.Range(0, part.Count).Max(part.StepsOf):N0} steps");
        return new FactTable("Data",
        [
            new("file or folder", Path.GetFileName(Path.TrimEndingDirectorySeparator(result.Data.Name))),
            new("labels", string.Join(", ", result.Recipe.Model.Labels.Take(MostLabels))),
            new("training part", Part(result.Data.Train)),
            new("validation part", Part(result.Data.Valid)),
            new("test part", Part(result.Data.Test)),
        ]);
    }
}
