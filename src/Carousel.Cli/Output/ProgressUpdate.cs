namespace Carousel.Cli.Output;

/// <summary>How far long work has come.</summary>
/// <param name="Fraction">Share done, 0 … 1.</param>
/// <param name="Text">What is worth knowing now, such as the loss; plain text.</param>
/// <param name="TimeLeft">Estimate of the time still needed, when there is one.</param>
internal sealed record ProgressUpdate(double Fraction, string Text, TimeSpan? TimeLeft = null)
{
    /// <summary>A length of time as people say it: <c>48 s</c>, <c>3 min 20 s</c>, <c>2 h 05 min</c>.</summary>
    public static string Say(TimeSpan time) =>
        time.TotalSeconds < 59.5 ? FormattableString.Invariant($"{Math.Max(0, time.TotalSeconds):0} s")
        : time.TotalHours < 1 ? FormattableString.Invariant($"{(int)time.TotalMinutes} min {time.Seconds:00} s")
        : FormattableString.Invariant($"{(int)time.TotalHours} h {time.Minutes:00} min");
}
