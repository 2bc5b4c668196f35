using System.Globalization;
using Carousel.Cli.Output;
using Carousel.Training;

namespace Carousel.Cli.Tasks;

/// <summary>Says in one line where a training run stands.</summary>
internal sealed class ProgressText(IProgress<ProgressUpdate> progress) : IProgress<TrainingProgress>
{
    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        string text = value.Evaluation is { } entry
            ? string.Create(CultureInfo.InvariantCulture, $"epoch {entry.Epoch}, step {entry.Step}: train {entry.TrainLoss:G4}, valid {entry.Score:G4}{Figure(entry)}{(value.IsBest ? " (best)" : "")}")
            : string.Create(CultureInfo.InvariantCulture, $"{(value.Epoch > 0 ? $"epoch {value.Epoch}, step " : "")}{value.Step}/{value.Steps}{(double.IsNaN(value.Loss) ? "" : string.Create(CultureInfo.InvariantCulture, $": loss {value.Loss:G4}"))}");
        progress.Report(new ProgressUpdate((double)value.Step / value.Steps, value.Stage.Length > 0 ? $"{value.Stage}, {text}" : text, value.Remaining));
    }

    private static string Figure(HistoryEntry entry) =>
        entry.Metrics.TryGetValue("bleu", out double bleu) ? string.Create(CultureInfo.InvariantCulture, $", BLEU {bleu:F2}")
        : entry.Metrics.TryGetValue("perplexity", out double perplexity) ? string.Create(CultureInfo.InvariantCulture, $", perplexity {perplexity:F1}")
        : entry.Metrics.TryGetValue("accuracy", out double accuracy) ? string.Create(CultureInfo.InvariantCulture, $", accuracy {accuracy:P1}") : "";
}
