using System.Globalization;
using Carousel.Reports;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Translation;

/// <summary>What a translation run shows a person: <c>report.html</c>.</summary>
public static class TranslationReport
{
    private const int Sentences = 12, Pictures = 4;

    /// <summary>Gathers the report of a finished run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="created">When the run ended.</param>
    public static TrainingReport Of(TranslationResult result, DateTimeOffset created)
    {
        ArgumentNullException.ThrowIfNull(result);
        Seq2SeqConfig model = result.Recipe.Model;
        string task = string.Create(CultureInfo.InvariantCulture, $"Translation: {result.Recipe.Languages.Source} to {result.Recipe.Languages.Target}, {model.TargetVocabularySize:N0} tokens to write with");
        return RunReport.Of(result.Recipe, result.Summary, created, task, "perplexity") with
        {
            Seconds = result.Seconds,
            PrimaryMetric = "bleu",
            Metrics = [Table("test", result.Test), Table("validation", result.Valid)],
            Translations = Panels(result),
            Facts = [Scores(result.Test), Epochs(result), .. MinimumRisk(result), Data(result), .. FactTable.OfRecipe(TranslationRecipeJson.Shared.Write(result.Recipe))],
        };
    }

    private static MetricsTable Table(string part, TranslationScore score) =>
        new(part, [.. score.Metrics.Keys.Select(name => new MetricColumn(name, HigherIsBetter: name is "bleu" or "chrf"))], [new MetricsRow("LSTM", true, [.. score.Metrics.Values])]);

    // Spread evenly over the test part; pictures of sentences that are short enough to be read.
    private static IReadOnlyList<TranslationPanel> Panels(TranslationResult result)
    {
        TokenPairs test = result.Data.Test;
        int count = Math.Min(Sentences, test.Count);
        int[] shown = [.. Enumerable.Range(0, count).Select(at => (int)((long)at * test.Count / count))];
        int[] pictures = [.. shown.Where(at => test.Source[at].Length is > 3 and <= 20).Take(Pictures)];
        return [.. shown.Select(at => new TranslationPanel(test.Text.Source[at], test.Text.Target[at], result.Test.Hypotheses[at], pictures.Contains(at) ? result.Model.Align(test.Source[at]) : null))];
    }

    private static FactTable Scores(TranslationScore score) => new("How translations were scored", [new("BLEU", score.Bleu.Signature), new("chrF", score.Chrf.Signature)]);

    private static FactTable Epochs(TranslationResult result) => new("Perplexity by epoch",
    [
        .. result.Summary.History.Select(entry => KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"epoch {entry.Epoch}, step {entry.Step:N0}"),
            string.Create(CultureInfo.InvariantCulture, $"training loss {entry.TrainLoss:F3}, validation {entry.Metrics["perplexity"]:F2}"))),
    ]);

    private static IEnumerable<FactTable> MinimumRisk(TranslationResult result)
    {
        if (result.MinimumRisk is { } risk)
        {
            static string Bleu(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
            yield return new FactTable("Minimum risk: BLEU of the validation part by step",
            [
                new("before", Bleu(risk.BleuBefore)),
                .. risk.Summary.History.Select(entry => KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"step {entry.Step:N0}"), Bleu(entry.Metrics["bleu"]))),
            ]);
        }
    }

    private static FactTable Data(TranslationResult result)
    {
        static string Pairs(TokenPairs part) => string.Create(CultureInfo.InvariantCulture, $"{part.Count:N0} pairs, {part.TargetTokens:N0} target tokens");
        return new FactTable("Data",
        [
            new("corpus", result.Data.Name),
            new("training part", Pairs(result.Data.Train)),
            new("left out, blank or too long", string.Create(CultureInfo.InvariantCulture, $"{result.Data.LeftOut:N0} pairs")),
            new("validation part", Pairs(result.Data.Valid)),
            new("test part", Pairs(result.Data.Test)),
            new("padding in a batch", string.Create(CultureInfo.InvariantCulture, $"{100 * result.PaddingShare:F1} %")),
            new("speed", string.Create(CultureInfo.InvariantCulture, $"{result.TokensPerSecond:N0} target tokens/s")),
        ]);
    }
}
