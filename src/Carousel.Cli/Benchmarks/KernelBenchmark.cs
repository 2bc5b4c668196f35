using System.Diagnostics;
using Carousel.Runtime.Kernels;

namespace Carousel.Cli.Benchmarks;

/// <summary>
/// Measures every kernel against the multiply-adds that the same set reaches in registers. The two are timed in turns, so that both see the same machine:
/// on a shared one, the fraction means more than either figure.
/// </summary>
internal static class KernelBenchmark
{
    private const int Rounds = 11;
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(5);

    // A call of this length is timed once: the scalar set would otherwise take minutes.
    private static readonly TimeSpan Tedious = TimeSpan.FromSeconds(0.5);

    /// <summary>Measures.</summary>
    /// <param name="sets">The sets, in the order of the rows.</param>
    /// <param name="threads">Numbers of threads to measure products with; kernels that use one thread are measured once.</param>
    /// <param name="progress">Told each row as soon as it is known, or null.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static IReadOnlyList<KernelRow> Run(IReadOnlyList<KernelSet> sets, IReadOnlyList<int> threads, IProgress<KernelRow>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentNullException.ThrowIfNull(threads);
        var rows = new List<KernelRow>();
        Workers[] workers = [.. threads.Select(count => new Workers(count))];
        try
        {
            foreach (KernelSet set in sets)
            {
                foreach (KernelCase kernel in KernelCase.Of(set))
                {
                    foreach (Workers crew in kernel.IsShared ? workers : [Workers.Single])
                    {
                        cancellation.ThrowIfCancellationRequested();
                        KernelRow row = Measure(set, kernel, crew);
                        rows.Add(row);
                        progress?.Report(row);
                    }
                }
            }
        }
        finally
        {
            Array.ForEach(workers, crew => crew.Dispose());
        }

        return rows;
    }

    /// <summary>Measures one kernel.</summary>
    internal static KernelRow Measure(KernelSet set, KernelCase kernel, Workers workers)
    {
        int peakRounds = 1;
        long[] operations = new long[workers.Threads];
        Action<int> spin = thread => operations[thread] = set.RunPeak(peakRounds);
        void Peak() => workers.Run(workers.Threads, spin);
        void Kernel() => kernel.Call(workers);

        Seconds(Kernel, 1);
        double once = Seconds(Kernel, 1);
        int calls = Math.Max(1, (int)(SampleTime.TotalSeconds / once)), rounds = once > Tedious.TotalSeconds ? 1 : Rounds;

        // Samples of the same length: whatever else runs on the machine takes its share of both. The shorter of two, since one may have been interrupted.
        while (Math.Min(Seconds(Peak, 1), Seconds(Peak, 1)) < 0.7 * Math.Min(calls * once, Tedious.TotalSeconds))
        {
            peakRounds *= 2;
        }

        double[] peaks = new double[rounds], gops = new double[rounds], fractions = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            double peakSeconds = Seconds(Peak, 1);
            peaks[round] = operations.Sum() / peakSeconds / 1e9;
            gops[round] = kernel.Operations * calls / Seconds(Kernel, calls) / 1e9;
            fractions[round] = gops[round] / peaks[round];
        }

        double median = Median(gops), seconds = kernel.Operations / median / 1e9;
        return new KernelRow(set.Name, kernel.Kernel, kernel.Shape, workers.Threads, seconds * 1e6, median, Median(peaks), Median(fractions), kernel.Bytes / seconds / 1e9);
    }

    private static double Seconds(Action call, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            call();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
