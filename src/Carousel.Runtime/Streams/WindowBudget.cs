using System.Globalization;

namespace Carousel.Runtime.Streams;

/// <summary>
/// What a <see cref="SlidingWindow"/> does between two ticks, and how long it takes on this machine. After a tick comes the answer, one time step; then the T − 1 windows under way
/// are prepared, and the rest of the interval is left over. A tick that comes before the preparation is done is not lost and its answer is the same: the answer waits for what is
/// left of the preparation.
/// </summary>
/// <param name="Steps">T, time steps of a full window.</param>
/// <param name="AnswerP50Us">Median from a tick to its answer, in microseconds.</param>
/// <param name="AnswerP99Us">99 of 100 answers took no longer.</param>
/// <param name="PrepareP50Us">Median of the preparation for the next tick, in microseconds.</param>
/// <param name="PrepareP99Us">99 of 100 preparations took no longer.</param>
public sealed record WindowBudget(int Steps, double AnswerP50Us, double AnswerP99Us, double PrepareP50Us, double PrepareP99Us)
{
    /// <summary>Time steps prepared before a tick, so that only one remains: T − 1.</summary>
    public int PreparedSteps => Steps - 1;

    /// <summary>The shortest interval between ticks, in microseconds, in which a median answer and preparation fit.</summary>
    public double IntervalP50Us => AnswerP50Us + PrepareP50Us;

    /// <summary>The shortest interval between ticks, in microseconds, in which 99 of 100 answers and preparations fit.</summary>
    public double IntervalP99Us => AnswerP99Us + PrepareP99Us;

    /// <summary>Time left before the next tick when everything is done, in microseconds; below 0, how long the next answer waits.</summary>
    /// <param name="intervalUs">From one tick to the next, in microseconds.</param>
    /// <returns>In the median and in 99 of 100 intervals.</returns>
    public (double P50, double P99) LeftUs(double intervalUs) => (intervalUs - IntervalP50Us, intervalUs - IntervalP99Us);

    /// <summary>One sentence.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"answer {AnswerP50Us:G4} µs (p99 {AnswerP99Us:G4}), then {PreparedSteps} of {Steps} steps prepared in {PrepareP50Us:G4} µs (p99 {PrepareP99Us:G4}): "
        + $"ticks may come every {IntervalP50Us:G4} µs (p99 {IntervalP99Us:G4}); the answer to one that comes sooner waits for the rest");
}
