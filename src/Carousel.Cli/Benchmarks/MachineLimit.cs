using Carousel.Runtime.Kernels;

namespace Carousel.Cli.Benchmarks;

/// <summary>The shortest time this machine could need for a cell, measured in the same turns as the engines: its weights read once per step, its multiply-adds done.</summary>
/// <param name="workingSet">Bytes of weights of one step.</param>
/// <param name="threads">Threads that share a call.</param>
/// <param name="computes">True to measure float32 multiply-adds too: they limit large batches.</param>
internal sealed class MachineLimit(long workingSet, int threads, bool computes) : IDisposable
{
    private readonly ReadBandwidth _memory = new(workingSet, threads);
    private readonly MultiplyAddPeak? _arithmetic = computes ? new MultiplyAddPeak(KernelCatalog.Selected, threads) : null;

    /// <summary>The best bandwidth of all turns, in units of 10⁹ bytes per second: a turn in which somebody disturbed shows no limit.</summary>
    public double GigabytesPerSecond { get; private set; }

    /// <summary>Measures once more.</summary>
    public void Measure()
    {
        GigabytesPerSecond = Math.Max(GigabytesPerSecond, _memory.Measure());
        _arithmetic?.Measure();
    }

    /// <summary>Share of the limit that an engine reached; not a number for a batch in less than float32, whose multiply-adds are not measured: reading the weights is then no bound worth the name.</summary>
    /// <param name="us">What one time step took, in microseconds.</param>
    /// <param name="bytes">Weights that it read.</param>
    /// <param name="operations">Operations that it did.</param>
    /// <param name="isFloat32">True when the measured multiply-adds are of the engine's kind.</param>
    public double Fraction(double us, long bytes, double operations, bool isFloat32)
    {
        double reading = bytes / GigabytesPerSecond / 1e3, computing = _arithmetic is null ? 0 : isFloat32 ? operations / _arithmetic.Gops / 1e3 : double.NaN;
        return Math.Max(reading, computing) / us;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _arithmetic?.Dispose();
    }
}
