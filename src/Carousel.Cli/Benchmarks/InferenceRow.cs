namespace Carousel.Cli.Benchmarks;

/// <summary>One line of <c>carousel bench latency</c> and <c>throughput</c>: an engine at a cell.</summary>
/// <param name="Cell">The work.</param>
/// <param name="Engine"><c>carousel</c> or a rival's name.</param>
/// <param name="Precision">Precision in which the engine ran it.</param>
/// <param name="Kernel">Name of the kernels, or null.</param>
/// <param name="SpacedUs">Pause between calls, in microseconds.</param>
/// <param name="Rounds">Durations of the calls of each round, in microseconds.</param>
/// <param name="WeightBytes">Bytes of weights that one time step reads.</param>
/// <param name="GigabytesPerSecond">What the memory level gives that holds them.</param>
/// <param name="LimitFraction">Share of the limit reached, 0 … 1: the limit's time divided by the median.</param>
/// <param name="AllocatedBytes">Bytes allocated during all calls, or null.</param>
/// <param name="Collections">Garbage collections during all calls, or null.</param>
internal sealed record InferenceRow(
    BenchmarkCell Cell, string Engine, string Precision, string? Kernel, double SpacedUs, IReadOnlyList<double[]> Rounds, long WeightBytes, double GigabytesPerSecond,
    double LimitFraction, long? AllocatedBytes, int? Collections)
{
    /// <summary>The calls of all rounds together.</summary>
    public LatencyFigures Figures { get; } = LatencyFigures.Of(Rounds.SelectMany(static round => round));

    /// <summary>Number of calls measured.</summary>
    public int Calls => Rounds.Sum(static round => round.Length);

    /// <summary>Median duration of one time step of the batch, in microseconds.</summary>
    public double UsPerStep => Figures.P50 / Cell.TimedSteps;

    /// <summary>Operations per second, in units of 10⁹.</summary>
    public double Gops => Cell.Operations / Figures.P50 / 1e3;

    /// <summary>Name of the fastest rival of the cell and its precision; null when there was none.</summary>
    public string? BestRival { get; init; }

    /// <summary>Our time divided by that rival's, median of the rounds; below 1 Carousel is faster. Null when there was no rival.</summary>
    public double? Ratio { get; init; }

    /// <summary>This row beside the fastest of the rivals it must be compared with: those that hold the weights at least as precisely.</summary>
    /// <param name="rivals">The rows of the rivals at the same cell.</param>
    public InferenceRow Beside(IEnumerable<InferenceRow> rivals)
    {
        InferenceRow? best = rivals.Where(rival => Precisions.IsComparable(Precision, rival.Precision)).MinBy(static rival => rival.Figures.P50);
        return best is null
            ? this
            : this with
            {
                BestRival = $"{best.Engine} {best.Precision}",
                Ratio = LatencyFigures.Median(Rounds.Zip(best.Rounds, static (ours, theirs) => LatencyFigures.Median(ours) / LatencyFigures.Median(theirs))),
            };
    }
}
