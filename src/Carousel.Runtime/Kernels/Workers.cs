using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Carousel.Runtime.Kernels;

/// <summary>
/// A fixed set of threads that run the shards of one piece of work and meet at its end. What a shard computes must not depend on which thread runs it.
/// </summary>
/// <remarks>
/// <para>Not re-entrant: a shard must not call <see cref="Run"/> of the same workers. One caller at a time, except for <see cref="Single"/>, which has no state.</para>
/// <para>Between two runs the threads watch for the next one for some microseconds, then sleep: idle workers use no processor time. A run allocates nothing.</para>
/// </remarks>
public sealed class Workers : IDisposable
{
    private static readonly long WatchTicks = Stopwatch.Frequency / 20_000;

    private readonly Lock _failureLock = new();
    private readonly object _bell = new();
    private readonly Thread[] _threads;
    private readonly bool _mayWatch;
    private readonly Func<bool> _isFinished, _isWanted;

    // The work at hand: number of the run in the upper half, shards not yet taken in the lower. One word, so that a thread which comes late can never
    // take a shard of one run with the body of another: a taken shard keeps its run from ending, and with that _body and _shards from changing.
    private long _tickets;
    private int _unfinished;
    private int _shards;
    private Action<int>? _body;

    private int _asleep;
    private int _callerSleeps;
    private int _isRunning;
    private volatile bool _isDisposed;

    private int _failedShard;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Creates <paramref name="threads"/> − 1 background threads; the caller of <see cref="Run"/> is the last one.</summary>
    /// <param name="threads">Number of threads, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    public Workers(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _isFinished = () => Volatile.Read(ref _unfinished) == 0;
        _isWanted = () => HasTickets || _isDisposed;

        // With more threads than processors, one that watches keeps another from working.
        _mayWatch = threads <= Environment.ProcessorCount;
        _threads = new Thread[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"carousel worker {i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>Runs everything on the calling thread.</summary>
    public static Workers Single { get; } = new(1);

    /// <summary>Number of threads that take part.</summary>
    public int Threads { get; }

    /// <summary>True when every background thread sleeps until the next run.</summary>
    internal bool AreAsleep => Volatile.Read(ref _asleep) == _threads.Length;

    /// <summary>Runs <paramref name="body"/> once for each shard 0 … <paramref name="shards"/> − 1 and returns when all are done.</summary>
    /// <param name="shards">Number of pieces; 0 does nothing.</param>
    /// <param name="body">The work of one shard.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="shards"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">Another run of the same workers is under way.</exception>
    /// <exception cref="ObjectDisposedException">The threads have been ended.</exception>
    /// <exception cref="Exception">The exception of the lowest-numbered failing shard is thrown after every shard has ended.</exception>
    public void Run(int shards, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfNegative(shards);
        if (Threads == 1)
        {
            RunAlone(shards, body);
            return;
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
        {
            throw new InvalidOperationException("these workers are already running: a shard may not start another run, and two threads may not share one set of workers");
        }

        try
        {
            if (shards > 0)
            {
                Share(shards, body);
            }
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (Threads == 1 || _isDisposed)
        {
            return;
        }

        _isDisposed = true;
        lock (_bell)
        {
            Monitor.PulseAll(_bell);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private static void RunAlone(int shards, Action<int> body)
    {
        ExceptionDispatchInfo? failure = null;
        for (int shard = 0; shard < shards; shard++)
        {
            try
            {
                body(shard);
            }
            catch (Exception error)
            {
                failure ??= ExceptionDispatchInfo.Capture(error);
            }
        }

        failure?.Throw();
    }

    private void Share(int shards, Action<int> body)
    {
        (_shards, _body, _unfinished, _failure) = (shards, body, shards, null);

        // A full fence on both sides: either the sleeper sees the tickets or this thread sees the sleeper.
        long run = (_tickets >> 32) + 1;
        Interlocked.Exchange(ref _tickets, (run << 32) | (uint)shards);
        if (Volatile.Read(ref _asleep) > 0)
        {
            lock (_bell)
            {
                for (int i = Math.Min(shards - 1, _asleep); i > 0; i--)
                {
                    Monitor.Pulse(_bell);
                }
            }
        }

        TakeShards();
        AwaitOthers();
        _body = null;
        _failure?.Throw();
    }

    // Takes shards in ascending order until none is left.
    private void TakeShards()
    {
        for (long tickets = Volatile.Read(ref _tickets); (uint)tickets != 0; tickets = Volatile.Read(ref _tickets))
        {
            if (Interlocked.CompareExchange(ref _tickets, tickets - 1, tickets) != tickets)
            {
                continue;
            }

            int shard = _shards - (int)(uint)tickets;
            try
            {
                _body!(shard);
            }
            catch (Exception error)
            {
                Record(shard, error);
            }

            if (Interlocked.Decrement(ref _unfinished) == 0 && Volatile.Read(ref _callerSleeps) != 0)
            {
                lock (_bell)
                {
                    Monitor.PulseAll(_bell);
                }
            }
        }
    }

    private void Record(int shard, Exception error)
    {
        lock (_failureLock)
        {
            if (_failure is null || shard < _failedShard)
            {
                (_failedShard, _failure) = (shard, ExceptionDispatchInfo.Capture(error));
            }
        }
    }

    private void AwaitOthers()
    {
        if (Watch(_isFinished))
        {
            return;
        }

        lock (_bell)
        {
            Interlocked.Exchange(ref _callerSleeps, 1);
            while (Volatile.Read(ref _unfinished) != 0)
            {
                Monitor.Wait(_bell);
            }

            Volatile.Write(ref _callerSleeps, 0);
        }
    }

    private void Work()
    {
        while (!_isDisposed)
        {
            TakeShards();
            if (Watch(_isWanted))
            {
                continue;
            }

            lock (_bell)
            {
                Interlocked.Increment(ref _asleep);
                while (!HasTickets && !_isDisposed)
                {
                    Monitor.Wait(_bell);
                }

                Interlocked.Decrement(ref _asleep);
            }
        }
    }

    private bool HasTickets => (uint)Volatile.Read(ref _tickets) != 0;

    // Spins until the condition holds, at most for a while.
    private bool Watch(Func<bool> condition)
    {
        if (condition())
        {
            return true;
        }

        long start = _mayWatch ? Stopwatch.GetTimestamp() : 0;
        while (_mayWatch && Stopwatch.GetTimestamp() - start < WatchTicks)
        {
            Thread.SpinWait(4);
            if (condition())
            {
                return true;
            }
        }

        return false;
    }
}
