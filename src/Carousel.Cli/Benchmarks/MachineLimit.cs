using System.Diagnostics;
using Carousel.Runtime.Kernels;

namespace Carousel.Cli.Benchmarks;

/// <summary>The shortest time this machine could need for a cell, measured in the same turns as the engines: its weights read once per step, its multiply-adds done.</summary>
internal sealed class MachineLimit : IDisposable
{
    private const int Samples = 3;
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(1);

    private readonly ReadBandwidth _memory;
    private readonly Workers? _workers;
    private int _peakRounds = 1000;

    /// <summary>Sets up.</summary>
    /// <param name="workingSet">Bytes of weights of one step.</param>
    /// <param name="threads">Threads that share a call.</param>
    /// <param name="computes">True to measure float32 multiply-adds too: they limit large batches.</param>
    public MachineLimit(long workingSet, int threads, bool computes)
    {
        _memory = new ReadBandwidth(workingSet, threads);
        _workers = computes ? new Workers(threads) : null;
    }

    /// <summary>The best bandwidth of all turns, in units of 10⁹ bytes per second: a turn in which somebody disturbed shows no limit.</summary>
    public double GigabytesPerSecond { get; private set; }

    /// <summary>The most float32 operations per second of all turns, in units of 10⁹; 0 where they were not measured.</summary>
    public double Gops { get; private set; }

    /// <summary>Measures once more.</summary>
    public void Measure()
    {
        GigabytesPerSecond = Math.Max(GigabytesPerSecond, _memory.Measure());
        if (_workers is not null)
        {
            while (Peak().Time < SampleTime)
            {
                _peakRounds *= 2;
            }

            Gops = Math.Max(Gops, Enumerable.Range(0, Samples).Select(_ => Peak()).Max(static peak => peak.Operations / peak.Time.TotalSeconds / 1e9));
        }
    }

    /// <summary>Share of the limit that an engine reached.</summary>
    /// <param name="us">What one time step took, in microseconds.</param>
    /// <param name="bytes">Weights that it read.</param>
    /// <param name="operations">Operations that it did.</param>
    /// <param name="isFloat32">True when the measured multiply-adds are of the engine's kind.</param>
    public double Fraction(double us, long bytes, double operations, bool isFloat32)
    {
        double reading = bytes / GigabytesPerSecond / 1e3, computing = isFloat32 && _workers is not null ? operations / Gops / 1e3 : 0;
        return Math.Max(reading, computing) / us;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _workers?.Dispose();
    }

    // The multiply-adds of all threads, and how long they took.
    private (double Operations, TimeSpan Time) Peak()
    {
        long[] operations = new long[_workers!.Threads];
        long start = Stopwatch.GetTimestamp();
        _workers.Run(_workers.Threads, thread => operations[thread] = KernelCatalog.Selected.RunPeak(_peakRounds));
        return (operations.Sum(), Stopwatch.GetElapsedTime(start));
    }
}
