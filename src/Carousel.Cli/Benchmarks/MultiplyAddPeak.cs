using System.Diagnostics;
using Carousel.Runtime.Kernels;

namespace Carousel.Cli.Benchmarks;

/// <summary>The most multiply-adds that a kernel set reaches in registers, all threads together: the limit of work that computes.</summary>
internal sealed class MultiplyAddPeak : IDisposable
{
    private const int Samples = 3;
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(1);

    private readonly KernelSet _kernels;
    private readonly Workers _workers;
    private int _rounds = 1000;

    /// <summary>Sets up.</summary>
    /// <param name="kernels">Whose multiply-adds.</param>
    /// <param name="threads">How many compute at the same time.</param>
    public MultiplyAddPeak(KernelSet kernels, int threads)
    {
        _kernels = kernels;
        _workers = new Workers(threads);
    }

    /// <summary>The most operations per second of all turns, in units of 10⁹; 0 before the first.</summary>
    public double Gops { get; private set; }

    /// <summary>Measures once more.</summary>
    public void Measure()
    {
        while (Run().Time < SampleTime)
        {
            _rounds *= 2;
        }

        Gops = Math.Max(Gops, Enumerable.Range(0, Samples).Select(_ => Run()).Max(static run => run.Operations / run.Time.TotalSeconds / 1e9));
    }

    /// <inheritdoc/>
    public void Dispose() => _workers.Dispose();

    // The multiply-adds of all threads, and how long they took.
    private (double Operations, TimeSpan Time) Run()
    {
        long[] operations = new long[_workers.Threads];
        long start = Stopwatch.GetTimestamp();
        _workers.Run(_workers.Threads, thread => operations[thread] = _kernels.RunPeak(_rounds));
        return (operations.Sum(), Stopwatch.GetElapsedTime(start));
    }
}
