using System.Globalization;
using Carousel.Reports;
using Carousel.Runtime.Inputs;

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
        string task = string.Create(CultureInfo.InvariantCulture, $"Transcription by {result.Data.Labels.Count:N0} {unit}");
        return RunReport.Of(result.Recipe, result.Summary, created, task, "error", result.Data.Warnings) with
        {
            PrimaryMetric = "wer",
            Metrics = [Table("test", result.Test), Table("validation", result.Valid)],
            Recognition = Recognition(result.Test),
            Facts = [Data(result), .. FactTable.OfRecipe(TranscriptionRecipeJson.Shared.Write(result.Recipe))],
        };
    }

    private static MetricsTable Table(string part, TranscriptionScores scores) =>
        new(part, [new MetricColumn("wer"), new MetricColumn("cer")], [Row("search", true, scores.Search), Row("greedy", false, scores.Greedy)]);

    private static MetricsRow Row(string way, bool isModel, TranscriptionScore score) => new(way, isModel, [score.Words.Value, score.Characters.Value]);

    private static RecognitionPanel Recognition(TranscriptionScores scores) => new(
        "test",
        [new("words, search", scores.Search.Words), new("words, greedy", scores.Greedy.Words), new("characters, search", scores.Search.Characters), new("characters, greedy", scores.Greedy.Characters)],
        [.. scores.Search.Worst(WorstUtterances).Select(i => new MisheardUtterance(scores.Search.Utterances[i].Name, scores.Search.Utterances[i].Text, scores.Search.Hypotheses[i]))]);

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
