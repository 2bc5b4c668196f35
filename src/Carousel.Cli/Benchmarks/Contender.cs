using Carousel.Runtime.Streams;

namespace Carousel.Cli.Benchmarks;

/// <summary>An engine prepared for one cell, waiting for its turn.</summary>
/// <param name="engine">Name of the engine.</param>
/// <param name="cell">The work.</param>
/// <param name="precision">Precision in which it does it.</param>
internal abstract class Contender(string engine, BenchmarkCell cell, string precision) : IDisposable
{
    /// <summary>The work.</summary>
    public BenchmarkCell Cell => cell;

    /// <summary>Name of the engine: <c>carousel</c> or a rival's.</summary>
    public string Engine => engine;

    /// <summary>Precision of the weights.</summary>
    public string Precision => precision;

    /// <summary>Name of the kernels, when the engine tells.</summary>
    public virtual string? Kernel => null;

    /// <summary>Sum of the sizes of all outputs of the first call from the zero state: shows that all engines do the same work.</summary>
    public abstract double Checksum { get; }

    /// <summary>How long the first timed call took, when one was timed on the way.</summary>
    public virtual TimeSpan? FirstCall => null;

    /// <summary>Bytes allocated during the calls measured so far, when the engine can tell.</summary>
    public virtual long? AllocatedBytes => null;

    /// <summary>Garbage collections during the calls measured so far, when the engine can tell.</summary>
    public virtual int? Collections => null;

    /// <summary>What a sliding window does between two calls; null for other work.</summary>
    public virtual WindowBudget? MeasureBudget() => null;

    /// <summary>Calls and times each call.</summary>
    /// <param name="calls">How often.</param>
    /// <param name="spacedUs">Pause between the end of a call and the start of the next, in microseconds.</param>
    /// <returns>The durations in microseconds.</returns>
    public abstract double[] Take(int calls, double spacedUs);

    /// <summary>Forgets what was counted while warming up.</summary>
    public virtual void ResetCounts()
    {
    }

    /// <summary>Gives up what the engine holds for the cell.</summary>
    public abstract void Dispose();
}
