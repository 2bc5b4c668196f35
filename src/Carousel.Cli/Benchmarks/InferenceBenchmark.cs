using System.Diagnostics;

namespace Carousel.Cli.Benchmarks;

/// <summary>Times Carousel and its rivals at the same work, in turns, so that all of them and the limits see the same machine.</summary>
/// <param name="rivals">The rivals, or null for none.</param>
/// <param name="calls">Calls to warm up, and as many to measure, unless they would take too long.</param>
internal sealed class InferenceBenchmark(RivalCatalog? rivals, int calls)
{
    private const int LeastRounds = 5;

    // Engines at one cell agree within this share of the sum of all outputs; what a precision rounds away is allowed for.
    private static readonly Dictionary<string, double> Tolerances = new() { [Precisions.Float32] = 1e-3, ["bfloat16"] = 0.05, ["int8"] = 0.2, ["int4"] = 0.5 };

    // What all calls of one engine at one cell may take; a long call is made less often.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(10);

    // A runtime that compiles while it runs needs a while, however short the calls are.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>Measures one cell.</summary>
    /// <param name="cell">The work.</param>
    /// <param name="spacedUs">Pauses between calls to measure with, in microseconds.</param>
    /// <returns>For each pause Carousel's row, then those of the rivals.</returns>
    /// <exception cref="InvalidDataException">A rival gave another answer, or ended.</exception>
    public IReadOnlyList<InferenceRow> Measure(BenchmarkCell cell, IReadOnlyList<double> spacedUs)
    {
        ArgumentNullException.ThrowIfNull(cell);
        ArgumentNullException.ThrowIfNull(spacedUs);
        Contender[] contenders = [new CarouselContender(cell), .. rivals?.Prepare(cell) ?? []];
        using var limit = new MachineLimit(cell.WeightBytes(cell.Precision), cell.Threads, computes: cell.Batch > 1);
        try
        {
            foreach (Contender rival in contenders.Skip(1))
            {
                ThrowIfDifferent(cell, contenders[0], rival);
            }

            int[] counts = [.. contenders.Select(WarmedUp)];
            return [.. spacedUs.SelectMany(pause => Contest(cell, contenders, counts, pause, limit))];
        }
        finally
        {
            Array.ForEach(contenders, static contender => contender.Dispose());
        }
    }

    private static List<InferenceRow> Contest(BenchmarkCell cell, Contender[] contenders, int[] counts, double pause, MachineLimit limit)
    {
        var rounds = contenders.Select(static _ => new List<double[]>()).ToArray();
        Array.ForEach(contenders, static contender => contender.ResetCounts());
        for (int round = 0; round < LeastRounds; round++)
        {
            limit.Measure();
            for (int turn = 0; turn < contenders.Length; turn++)
            {
                int who = (turn + round) % contenders.Length;
                rounds[who].Add(contenders[who].Take(counts[who], pause));
            }
        }

        List<InferenceRow> rows = [.. contenders.Select((contender, i) => Row(cell, contender, rounds[i], pause, limit))];
        rows[0] = rows[0].Beside(rows.Skip(1));
        return rows;
    }

    private static InferenceRow Row(BenchmarkCell cell, Contender contender, List<double[]> rounds, double pause, MachineLimit limit)
    {
        long bytes = cell.WeightBytes(contender.Precision);
        double us = LatencyFigures.Of(rounds.SelectMany(static round => round)).P50 / cell.TimedSteps;
        double fraction = limit.Fraction(us, bytes, cell.Operations / cell.TimedSteps, contender.Precision == Precisions.Float32);
        return new InferenceRow(cell, contender.Engine, contender.Precision, contender.Kernel, pause, rounds, bytes, limit.GigabytesPerSecond, fraction,
            contender.AllocatedBytes, contender.Collections);
    }

    private static void ThrowIfDifferent(BenchmarkCell cell, Contender ours, Contender rival)
    {
        double difference = Math.Abs((rival.Checksum / ours.Checksum) - 1), allowed = Tolerances[ours.Precision] + Tolerances[rival.Precision];
        if (!(difference <= allowed))
        {
            throw new InvalidDataException($"{cell.Preset}, {cell.Mode}: the outputs of {rival.Engine} ({rival.Precision}) sum up to {rival.Checksum:G6}, those of Carousel ({ours.Precision}) "
                + $"to {ours.Checksum:G6}: they did not do the same work");
        }
    }

    // Calls of one round.
    private int WarmedUp(Contender contender)
    {
        double once = contender.Take(3, 0)[^1] * 1e-6;
        int all = (int)Math.Clamp(Budget.TotalSeconds / once, LeastRounds, calls);
        long start = Stopwatch.GetTimestamp();
        for (int done = 0; done < all || (Stopwatch.GetElapsedTime(start) < WarmUp && all == calls); done += Math.Max(all / LeastRounds, 1))
        {
            contender.Take(Math.Max(all / LeastRounds, 1), 0);
        }

        return Math.Max(all / LeastRounds, 1);
    }
}
