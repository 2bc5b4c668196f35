using Spectre.Console;

namespace Carousel.Cli.Output;

/// <summary>Progress on a terminal: moves one bar and the notes beside it.</summary>
internal sealed class ProgressBarTask(ProgressTask task, NoteColumn timeLeft, NoteColumn text) : IProgress<ProgressUpdate>
{
    /// <inheritdoc/>
    public void Report(ProgressUpdate value)
    {
        task.Value = Math.Clamp(value.Fraction, 0, 1);
        timeLeft.Text = value.TimeLeft is { } left && value.Fraction < 1 ? $"{ProgressUpdate.Say(left)} left" : "";
        text.Text = value.Text;
    }
}
