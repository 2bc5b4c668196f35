using Carousel.Runtime.Streams;

namespace Carousel.Cli.Benchmarks;

/// <summary>One line of <c>carousel bench latency</c> and <c>throughput</c>: an engine at a cell.</summary>
/// <param name="Cell">The work.</param>
/// <param name="Engine"><c>carousel</c> or a rival's name.</param>
/// <param name="Precision">Precision in which the engine ran it.</param>
/// <param name="Kernel">Name of the kernels, or null.</param>
/// <param name="SpacedUs">Pause between calls, in microseconds.</param>
/// <param name="Rounds">Durations of the calls of each round, in microseconds.</param>
/// <param name="WeightBytes">Bytes of weights that one time step reads.</param>
/// <param name="GigabytesPerSecond">What the memory level that holds them gives at best.</param>
/// <param name="LimitFraction">Share of the limit reached, 0 … 1: the limit's time divided by the median.</param>
/// <param name="AllocatedBytes">Bytes allocated during all calls of the cell, warm-up and other pauses included, or null.</param>
/// <param name="Collections">Garbage collections during the same calls, or null.</param>
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

    /// <summary>Weights read in a median call, in units of 10⁹ bytes per second.</summary>
    public double ReachedGigabytesPerSecond => WeightBytes / UsPerStep / 1e3;

    /// <summary>Operations per second, in units of 10⁹.</summary>
    public double Gops => Cell.Operations / Figures.P50 / 1e3;

    /// <summary>The fastest of the rivals that this row must be compared with; null when there was none.</summary>
    public InferenceRow? Best { get; init; }

    /// <summary>For a sliding window, the row of running the whole window anew on the same engine; else null.</summary>
    public InferenceRow? FullWindow { get; init; }

    /// <summary>For a sliding window, what it does between two ticks; else null.</summary>
    public WindowBudget? Budget { get; init; }

    /// <summary>Name of the fastest rival and its precision; null when there was none.</summary>
    public string? BestRival => Best is null ? null : $"{Best.Engine} {Best.Precision}";

    /// <summary>Our time divided by that rival's, each round's median, median of the rounds; below 1 Carousel is faster. Null when there was no rival.</summary>
    public double? Ratio => Best is null ? null : LatencyFigures.Median(Rounds.Zip(Best.Rounds, static (ours, theirs) => LatencyFigures.Median(ours) / LatencyFigures.Median(theirs)));

    /// <summary>This row beside the others of the same contest: the fastest rival that holds the weights at least as precisely, and our own full window.</summary>
    /// <param name="others">The rows at the same model, number of threads, batch and pause.</param>
    public InferenceRow Beside(IReadOnlyList<InferenceRow> others)
    {
        // Rivals have no sliding window: they run the whole one.
        CallMode mode = Cell.Mode == CallMode.Sliding ? CallMode.Window : Cell.Mode;
        return this with
        {
            Best = others.Where(other => other.Engine != Engine && other.Cell.Mode == mode && Precisions.IsComparable(Precision, other.Precision)).MinBy(static rival => rival.Figures.P50),
            FullWindow = mode == Cell.Mode ? null : others.FirstOrDefault(other => other.Engine == Engine && other.Cell.Mode == mode && other.Precision == Precision),
        };
    }
}
