using Carousel.Cli.Output;

namespace Carousel.Cli.Benchmarks;

/// <summary>Progress through contests of different length: shares of the estimated time, not of their number, and the time left at the pace so far.</summary>
/// <param name="all">Told about all contests together.</param>
/// <param name="estimates">Estimated time of each contest.</param>
/// <param name="clock">Tells the pace.</param>
internal sealed class BenchmarkProgress(IProgress<ProgressUpdate> all, IReadOnlyList<TimeSpan> estimates, TimeProvider clock)
{
    // How much of the estimates must have passed until the pace counts as much as they do.
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _total = new(estimates.Sum(static estimate => estimate.Ticks));
    private readonly long _start = clock.GetTimestamp();

    /// <summary>What one contest reports to: the share of it that is done.</summary>
    /// <param name="number">Its place among the estimates.</param>
    /// <param name="text">What it is about.</param>
    public IProgress<double> Of(int number, string text)
    {
        TimeSpan before = new(estimates.Take(number).Sum(static estimate => estimate.Ticks));
        return new Contest(share => Report(before + (share * estimates[number]), text));
    }

    private void Report(TimeSpan done, string text)
    {
        double pace = (clock.GetElapsedTime(_start) + Trust) / (done + Trust);
        all.Report(new ProgressUpdate(done / _total, text, pace * (_total - done)));
    }

    private sealed class Contest(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
