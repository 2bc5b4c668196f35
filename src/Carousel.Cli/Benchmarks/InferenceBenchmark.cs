using System.Diagnostics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Streams;

namespace Carousel.Cli.Benchmarks;

/// <summary>
/// Times Carousel and its rivals at the same work, in <see cref="Turns"/>. In a turn an engine warms up and is then measured with each pause.
/// </summary>
/// <param name="rivals">The rivals, or null for none.</param>
/// <param name="calls">Calls to measure with each pause, and as many to warm up, unless they would take too long.</param>
/// <param name="budget">What all calls of one engine at one cell may take, warm-up included; an engine whose calls are longer makes fewer.</param>
internal sealed class InferenceBenchmark(RivalCatalog? rivals, int calls, TimeSpan budget)
{
    // Engines at one cell agree within this share of the sum of all outputs; what a precision rounds away is allowed for.
    private static readonly Dictionary<string, double> Tolerances = new() { [Precisions.Float32] = 1e-3, ["bfloat16"] = 0.05, ["int8"] = 0.2, ["int4"] = 0.5 };

    // A runtime that compiles while it runs needs a while, however short the calls are.
    private static readonly TimeSpan FirstWarmUp = TimeSpan.FromSeconds(0.4), RivalWarmUp = TimeSpan.FromSeconds(0.1);

    // Rivals that take so many times as long as the fastest of them will not be the one that counts: one round shows that.
    private const double Hopeless = 2;

    // Share of the peak of multiply-adds that an engine is expected to reach, before it is known.
    private const double UsualShare = 0.4;

    // Of one thread at best, float32.
    private readonly Lazy<double> _gops = new(static () =>
    {
        using var peak = new MultiplyAddPeak(KernelCatalog.Selected, threads: 1);
        peak.Measure();
        return peak.Gops;
    });

    /// <summary>Measures cells that differ in mode and precision only: each rival is measured once, and everything is compared within the same rounds.</summary>
    /// <param name="cells">The work, one or more of one model, number of threads and batch.</param>
    /// <param name="spacedUs">Pauses between calls to measure with, in microseconds.</param>
    /// <param name="progress">Told the share that is done, or null.</param>
    /// <param name="cancellation">Looked at between turns.</param>
    /// <returns>For each engine, mode and precision a row per pause, Carousel's first.</returns>
    /// <exception cref="InvalidDataException">A rival gave another answer, or ended.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public IReadOnlyList<InferenceRow> Measure(IReadOnlyList<BenchmarkCell> cells, IReadOnlyList<double> spacedUs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cells);
        ArgumentNullException.ThrowIfNull(spacedUs);
        var contenders = new List<Contender>();
        Dictionary<string, MachineLimit> limits = [];
        ContestTime time = Estimate(cells, spacedUs);
        double preparing = time.Preparing / time.Total, each = preparing / (cells.Count + (rivals?.Work(cells).Count() ?? 0));
        try
        {
            foreach (Contender contender in cells.Select(static Contender (cell) => new CarouselContender(cell)).Concat(rivals?.Prepare(cells) ?? []))
            {
                contenders.Add(contender);
                if (IsRival(contender))
                {
                    ThrowIfDifferent(contenders.First(ours => !IsRival(ours) && ours.Cell.Mode == contender.Cell.Mode && Precisions.IsComparable(ours.Precision, contender.Precision)), contender);
                }

                cancellation.ThrowIfCancellationRequested();
                progress?.Report(each * contenders.Count);
            }

            foreach (Contender contender in contenders)
            {
                limits.TryAdd(contender.Precision, new MachineLimit(contender.Cell.WeightBytes(contender.Precision), contender.Cell.Threads, computes: contender.Cell.Batch > 1));
            }

            IProgress<double>? measuring = progress is null ? null : new Rest(progress, preparing);
            List<double[]>[][] durations = Contest(contenders, limits.Values, spacedUs, measuring, cancellation);
            return Rows(contenders, limits, spacedUs, durations);
        }
        finally
        {
            contenders.ForEach(static contender => contender.Dispose());
            Array.ForEach([.. limits.Values], static limit => limit.Dispose());
        }
    }

    /// <summary>About how long <see cref="Measure"/> will take.</summary>
    /// <param name="cells">As there.</param>
    /// <param name="spacedUs">As there.</param>
    public ContestTime Estimate(IReadOnlyList<BenchmarkCell> cells, IReadOnlyList<double> spacedUs)
    {
        TimeSpan preparing = TimeSpan.Zero, measuring = TimeSpan.Zero;
        foreach ((BenchmarkCell cell, TimeSpan warmUp, int first) in cells.Select(static cell => (cell, FirstWarmUp, 1)).Concat(rivals?.Work(cells).Select(static cell => (cell, RivalWarmUp, 2)) ?? []))
        {
            TimeSpan call = TimeSpan.FromSeconds(cell.Operations * Precisions.Bits(cell.Precision) / 32 / (UsualShare * _gops.Value * 1e9 * cell.Threads));
            TimeSpan wanted = (calls * (1 + spacedUs.Count) * call) + (calls * TimeSpan.FromMicroseconds(spacedUs.Sum())), least = Turns.Rounds * spacedUs.Count * call;
            preparing += (first * call) + (call > warmUp ? call : warmUp);
            measuring += (Turns.Rounds * Turns.Settling) + (wanted < budget ? wanted : least < budget ? budget : least);
        }

        return new ContestTime(preparing, measuring);
    }

    // Durations by contender, pause and round.
    private List<double[]>[][] Contest(List<Contender> contenders, IEnumerable<MachineLimit> limits, IReadOnlyList<double> spacedUs, IProgress<double>? progress, CancellationToken cancellation)
    {
        (int[] counts, bool[] areHopeless) = CallsPerRound(contenders, 1 + spacedUs.Count, cancellation);
        List<double[]>[][] durations = [.. contenders.Select(_ => spacedUs.Select(static _ => new List<double[]>()).ToArray())];
        contenders.ForEach(static contender => contender.ResetCounts());
        Turns.Run(contenders.Count, () => Array.ForEach([.. limits], static limit => limit.Measure()), TakeTurn, progress, cancellation);
        return durations;

        void TakeTurn(int who)
        {
            if (areHopeless[who] && durations[who][0].Count > 0)
            {
                return;
            }

            // A call so long that a round has one needs no warming up.
            if (counts[who] > 1)
            {
                contenders[who].Take(counts[who], 0);
            }

            for (int pause = 0; pause < spacedUs.Count; pause++)
            {
                durations[who][pause].Add(contenders[who].Take(counts[who], spacedUs[pause]));
            }
        }
    }

    private static List<InferenceRow> Rows(List<Contender> contenders, Dictionary<string, MachineLimit> limits, IReadOnlyList<double> spacedUs, List<double[]>[][] durations)
    {
        var rows = new List<InferenceRow>();
        for (int i = 0; i < contenders.Count; i++)
        {
            Contender contender = contenders[i];
            BenchmarkCell cell = contender.Cell;
            MachineLimit limit = limits[contender.Precision];
            long bytes = cell.WeightBytes(contender.Precision);
            WindowBudget? budget = contender.MeasureBudget();
            for (int pause = 0; pause < spacedUs.Count; pause++)
            {
                double us = LatencyFigures.Of(durations[i][pause].SelectMany(static round => round)).P50 / cell.TimedSteps;
                double fraction = limit.Fraction(us, bytes, cell.Operations / cell.TimedSteps, contender.Precision == Precisions.Float32);
                rows.Add(new InferenceRow(cell, contender.Engine, contender.Precision, contender.Kernel, spacedUs[pause], durations[i][pause], bytes, limit.GigabytesPerSecond, fraction,
                    contender.AllocatedBytes, contender.Collections)
                { Budget = budget });
            }
        }

        return [.. rows.Select(row => row.Engine == CarouselContender.Name ? row.Beside([.. rows.Where(other => other.SpacedUs == row.SpacedUs)]) : row)];
    }

    private static void ThrowIfDifferent(Contender ours, Contender rival)
    {
        double difference = Math.Abs((rival.Checksum / ours.Checksum) - 1), allowed = Tolerances[ours.Precision] + Tolerances[rival.Precision];
        if (!(difference <= allowed))
        {
            throw new InvalidDataException($"{ours.Cell.Preset}, {ours.Cell.Mode}: the outputs of {rival.Engine} ({rival.Precision}) sum up to {rival.Checksum:G6}, those of Carousel ({ours.Precision}) "
                + $"to {ours.Checksum:G6}: they did not do the same work");
        }
    }

    // As many as the budget allows, one at least; and who will not be the fastest rival of any of our precisions.
    private (int[] Counts, bool[] AreHopeless) CallsPerRound(List<Contender> contenders, int series, CancellationToken cancellation)
    {
        TimeSpan[] durations = [.. contenders.Select(contender =>
        {
            cancellation.ThrowIfCancellationRequested();
            return ShortestCall(contender);
        })];
        bool[] areHopeless = [.. contenders.Select((contender, i) => IsRival(contender) && durations[i] > Hopeless * FastestBeside(contender))];
        return ([.. durations.Select((duration, i) => (int)Math.Clamp(budget / Turns.Rounds / series / duration, 1, areHopeless[i] ? Math.Min(2, Most) : Most))], areHopeless);

        // Of the rivals that meet the most precise of ours that this one meets.
        TimeSpan FastestBeside(Contender rival)
        {
            string precision = contenders.Where(ours => !IsRival(ours) && Precisions.IsComparable(ours.Precision, rival.Precision)).MaxBy(static ours => Precisions.Bits(ours.Precision))!.Precision;
            return contenders.Zip(durations).Where(other => IsRival(other.First) && other.First.Cell.Mode == rival.Cell.Mode && Precisions.IsComparable(precision, other.First.Precision)).Min(static other => other.Second);
        }
    }

    private int Most => Math.Max(calls / Turns.Rounds, 1);

    private static bool IsRival(Contender contender) => contender.Engine != CarouselContender.Name;

    // Found while warming up, at best: the first calls of a compiler that runs along are many times as long as the later ones. What a call prepares after it counts too.
    private TimeSpan ShortestCall(Contender contender)
    {
        TimeSpan call = contender.FirstCall ?? TimeSpan.MaxValue, warmUp = IsRival(contender) ? RivalWarmUp : FirstWarmUp;
        if (contender.FirstCall > warmUp)
        {
            return call;
        }

        long start = Stopwatch.GetTimestamp();
        for (int tries = 1; Stopwatch.GetElapsedTime(start) < warmUp; tries = Math.Min(2 * tries, Most))
        {
            long begin = Stopwatch.GetTimestamp();
            contender.Take(tries, 0);
            TimeSpan each = Stopwatch.GetElapsedTime(begin) / tries;
            call = each < call ? each : call;
        }

        return call;
    }

    private sealed class Rest(IProgress<double> whole, double before) : IProgress<double>
    {
        public void Report(double value) => whole.Report(before + ((1 - before) * value));
    }
}
