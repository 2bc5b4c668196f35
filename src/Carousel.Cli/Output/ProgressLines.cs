namespace Carousel.Cli.Output;

/// <summary>Progress for a log file: one line at the start, one every few seconds, one at the end.</summary>
internal sealed class ProgressLines(string title, TextWriter writer, TimeProvider clock) : IProgress<ProgressUpdate>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long? _lastLine;

    /// <inheritdoc/>
    public void Report(ProgressUpdate value)
    {
        lock (_lock)
        {
            if (_lastLine is { } last && value.Fraction < 1 && clock.GetElapsedTime(last) < Interval)
            {
                return;
            }

            _lastLine = clock.GetTimestamp();
            string left = value.TimeLeft is { } time ? $", {ProgressUpdate.Say(time)} left" : "";
            string text = value.Text.Length > 0 ? $": {value.Text}" : "";
            writer.WriteLine(FormattableString.Invariant($"{title} {100 * Math.Clamp(value.Fraction, 0, 1):0} %{text}{left}"));
        }
    }
}
