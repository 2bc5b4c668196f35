using Spectre.Console;

namespace Carousel.Cli.Output;

/// <summary>Progress on a terminal: moves one bar.</summary>
internal sealed class ProgressBarTask(string title, ProgressTask task) : IProgress<ProgressUpdate>
{
    /// <inheritdoc/>
    public void Report(ProgressUpdate value)
    {
        task.Value = Math.Clamp(value.Fraction, 0, 1);
        task.Description = Markup.Escape(value.Text.Length > 0 ? $"{title}: {value.Text}" : title);
        task.State.Update<TimeSpan>(TimeLeftColumn.Key, _ => value.TimeLeft ?? TimeLeftColumn.Unknown);
    }
}
