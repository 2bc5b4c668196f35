using System.Globalization;
using Carousel.Metrics;
using Carousel.Reports;
using Carousel.Runtime.Inputs;
using Carousel.Training;

namespace Carousel.Tasks.Transcription;

/// <summary>What a transcription run shows a person: <c>report.html</c>.</summary>
public static class TranscriptionReport
{
    private const int WorstUtterances = 20;

    /// <summary>Gathers the report of a finished run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="created">When the run ended.</param>
    public static TrainingReport Of(TranscriptionResult result, DateTimeOffset created)
    {
        ArgumentNullException.ThrowIfNull(result);
        string unit = result.Data.Labels.Unit == TextUnit.Word ? "words" : "characters";
        return new TrainingReport
        {
            Run = result.Recipe.Name,
            Task = string.Create(CultureInfo.InvariantCulture, $"Transcription by {result.Data.Labels.Count:N0} {unit}"),
            Description = result.Recipe.Description,
            Created = created,
            Parameters = result.Parameters,
            Seconds = result.Summary.Seconds,
            BestStep = result.Summary.Best.Step,
            PrimaryMetric = "wer",
            History = [.. result.Summary.History.Select(entry => new HistoryPoint(entry.Step, entry.TrainLoss, entry.Score, entry.LearningRate))],
            Metrics = [Table("test", result.Test), Table("validation", result.Valid)],
            Notes =
            [
                .. result.Data.Warnings,
                .. TrainingKernels.Notes(result.Summary.Kernels),
                .. result.Summary.StoppedEarly ? ["Training stopped early: the validation error had stopped falling."] : Array.Empty<string>(),
            ],
            Facts = [Worst(result.Test.Search), Data(result), .. FactTable.OfRecipe(TranscriptionRecipeJson.Shared.Write(result.Recipe))],
        };
    }

    private static MetricsTable Table(string part, TranscriptionScores scores) => new(part,
        [.. scores.Search.Metrics.Keys.Select(name => new MetricColumn(name))],
        [new MetricsRow("search", true, [.. scores.Search.Metrics.Values]), new MetricsRow("greedy", false, [.. scores.Greedy.Metrics.Values])]);

    private static FactTable Worst(TranscriptionScore score) => new("Utterances with most word errors, what was said → what was heard",
    [
        .. score.Worst(WorstUtterances).Select(i =>
        {
            EditDistance words = score.Words.Utterances[i];
            return KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"{score.Utterances[i].Name}, {words.Errors} of {words.ReferenceLength} words"),
                $"{Shown(score.Utterances[i].Text)} → {Shown(score.Hypotheses[i])}");
        }),
    ]);

    private static string Shown(string text) => text.Length == 0 ? "(nothing)" : text;

    private static FactTable Data(TranscriptionResult result)
    {
        string Part(IReadOnlyList<Utterance> part) => string.Create(CultureInfo.InvariantCulture,
            $"{part.Count:N0} utterances, {part.Select(utterance => utterance.Speaker).Distinct().Count():N0} speakers, {part.Sum(utterance => (long)utterance.FrameCount):N0} frames");
        return new FactTable("Data",
        [
            new("recordings", Path.GetFileName(Path.TrimEndingDirectorySeparator(result.Data.Name))),
            new("training part", Part(result.Data.Train)),
            new("validation part", Part(result.Data.Valid)),
            new("test part", Part(result.Data.Test)),
            new("language model", result.Data.LanguageModel is { } model ? string.Create(CultureInfo.InvariantCulture, $"{model.Count:N0} n-grams up to {model.Order} of {model.Tokens.Count:N0} tokens") : "none"),
            .. result.Summary.History[^1].Cost is { } cost
                ? (KeyValuePair<string, string>[])[new("speed", string.Create(CultureInfo.InvariantCulture, $"{cost.ItemsPerSecond:N0} frames/s, {1e3 * cost.SecondsPerStep:F1} ms an update"))]
                : [],
        ]);
    }
}
