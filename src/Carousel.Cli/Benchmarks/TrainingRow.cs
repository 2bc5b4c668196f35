namespace Carousel.Cli.Benchmarks;

/// <summary>One line of <c>carousel bench training</c>: an engine at a job.</summary>
/// <param name="Job">Name of the job.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Items">How many of them a step takes.</param>
/// <param name="Operations">Multiplications and additions of a step.</param>
/// <param name="Threads">Threads that shared a step.</param>
/// <param name="Engine"><c>carousel</c> or a rival's name.</param>
/// <param name="Precision">Precision of the matrix products.</param>
/// <param name="Kernel">What did the arithmetic, or null.</param>
/// <param name="Rounds">Durations of the steps of each round, in microseconds.</param>
/// <param name="PeakGops">The most multiplications and additions per second in registers on these threads in this precision, in units of 10⁹.</param>
/// <param name="PeakBytes">The most memory that the process held.</param>
/// <param name="AllocatedBytesPerStep">Bytes allocated in a step, or null.</param>
/// <param name="Profile">Where the time went, or null.</param>
internal sealed record TrainingRow(
    string Job, string Unit, int Items, double Operations, int Threads, string Engine, string Precision, string? Kernel, IReadOnlyList<double[]> Rounds, double PeakGops, long PeakBytes,
    double? AllocatedBytesPerStep, TrainingProfile? Profile)
{
    /// <summary>Number of steps measured.</summary>
    public int Steps => Rounds.Sum(static round => round.Length);

    /// <summary>Median duration of a step, in microseconds.</summary>
    public double UsPerStep { get; } = LatencyFigures.Of(Rounds.SelectMany(static round => round)).P50;

    /// <summary>Items per second at the median.</summary>
    public double ItemsPerSecond => Items / UsPerStep * 1e6;

    /// <summary>Operations per second at the median, in units of 10⁹.</summary>
    public double Gflops => Operations / UsPerStep / 1e3;

    /// <summary>Share of the peak reached.</summary>
    public double LimitFraction => Gflops / PeakGops;

    /// <summary>The fastest rival of the job; null when there was none.</summary>
    public TrainingRow? Best { get; init; }

    /// <summary>Our rate divided by that rival's, median of the rounds; above 1 Carousel is faster. Null when there was no rival.</summary>
    public double? RateRatio => Best is null ? null : LatencyFigures.Median(Rounds.Zip(Best.Rounds, static (ours, theirs) => LatencyFigures.Median(theirs) / LatencyFigures.Median(ours)));

    /// <summary>This row beside the fastest of the others that is a rival, whatever its precision: none trains faster in less.</summary>
    /// <param name="others">All rows of the job.</param>
    public TrainingRow Beside(IEnumerable<TrainingRow> others) => this with { Best = others.Where(other => other.Engine != Engine).MinBy(static rival => rival.UsPerStep) };
}
