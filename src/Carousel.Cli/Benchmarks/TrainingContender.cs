namespace Carousel.Cli.Benchmarks;

/// <summary>An engine prepared for one training job, waiting for its turn.</summary>
/// <param name="engine">Name of the engine.</param>
/// <param name="precision">Precision of its matrix products.</param>
internal abstract class TrainingContender(string engine, string precision) : IDisposable
{
    /// <summary>Name of the engine: <c>carousel</c> or a rival's.</summary>
    public string Engine => engine;

    /// <summary>Precision of the matrix products.</summary>
    public string Precision => precision;

    /// <summary>What does the arithmetic, when the engine tells.</summary>
    public abstract string? Kernel { get; }

    /// <summary>The loss of the last step: shows that all engines do the same work.</summary>
    public abstract double Loss { get; }

    /// <summary>The most memory that the process has held, in bytes.</summary>
    public abstract long PeakBytes { get; }

    /// <summary>Bytes allocated in each of the steps measured so far, when the engine can tell.</summary>
    public virtual double? AllocatedBytesPerStep => null;

    /// <summary>Takes whole steps — forward, backward, clipping, update — and times each.</summary>
    /// <param name="steps">How many.</param>
    /// <returns>The durations in microseconds.</returns>
    public abstract double[] Take(int steps);

    /// <summary>Forgets what was counted while warming up.</summary>
    public virtual void ResetCounts()
    {
    }

    /// <summary>Gives up what the engine holds for the job.</summary>
    public abstract void Dispose();
}
