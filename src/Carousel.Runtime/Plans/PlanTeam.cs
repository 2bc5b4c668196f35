using System.Diagnostics;
using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Runtime.Plans;

/// <summary>
/// The threads of a compiled model. The thread that calls leads; the others watch for its next call for some microseconds and then sleep, so that an idle model uses no
/// processor time. Whoever finds the team at work for another stream, or asleep, does the work alone, with the same bits.
/// </summary>
internal sealed unsafe class PlanTeam : IDisposable
{
    /// <summary>Bytes of weights times rows below which meeting costs more than it saves.</summary>
    public const long WorthSharing = 1 << 17;

    /// <summary>Bytes of weights times rows and time steps from which it pays to wait until sleeping threads are up.</summary>
    public const long WorthWaking = 1 << 22;

    /// <summary>How long the threads watch for the next call before they sleep. Calls further apart than that are not worth keeping a processor busy between them.</summary>
    private static readonly long WatchTicks = Stopwatch.Frequency / 20_000;

    /// <summary>How long they watch when they have been woken: until the call during which that happened is over, and the next one comes.</summary>
    private static readonly long WokenTicks = 10 * WatchTicks;

    private readonly object _bell = new();
    private readonly Thread[] _threads;
    private readonly PlanMember[] _members;
    private readonly AlignedBuffer _words;

    // Whether there is a leader, and the calls shared so far: apart from this object, whose fields the members read.
    private readonly long* _isBusy, _shared;
    private readonly bool _mayWatch;

    private PlanWork _work;
    private long _lastAlone;
    private int _asleep;
    private volatile bool _isDisposed;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">2 or more.</param>
    public PlanTeam(int threads)
    {
        // With more threads than processors, one that watches keeps another from working.
        _mayWatch = threads <= Environment.ProcessorCount;
        int words = PlanMember.Words(threads) + 2;
        _words = new AlignedBuffer((long)words * sizeof(long) / sizeof(float));
        new Span<long>(_words.Start, words).Clear();
        _isBusy = (long*)_words.Start + PlanMember.Words(threads);
        _shared = _isBusy + 1;
        _members = [.. Enumerable.Range(0, threads).Select(index => new PlanMember(index, threads, (long*)_words.Start, _mayWatch))];
        _threads = new Thread[threads - 1];
        for (int at = 0; at < _threads.Length; at++)
        {
            PlanMember member = _members[at + 1];
            _threads[at] = new Thread(() => Follow(member)) { IsBackground = true, Name = $"carousel stream {member.Index}" };
            _threads[at].Start();
        }
    }

    /// <summary>Number of threads, the caller's included.</summary>
    public int Threads => _members.Length;

    /// <summary>Calls that the threads have shared.</summary>
    public long Shared => Volatile.Read(ref *_shared);

    /// <summary>True when every background thread sleeps.</summary>
    public bool IsAsleep => Volatile.Read(ref _asleep) == _threads.Length;

    /// <summary>Makes the caller the leader unless the team is at work or asleep, or the work is too small. It then calls <see cref="Start"/> and <see cref="Finish"/>.</summary>
    /// <param name="work">Bytes of weights times rows of a time step.</param>
    /// <param name="steps">Time steps.</param>
    public bool TryEnter(long work, int steps)
    {
        if (work < WorthSharing || Interlocked.Exchange(ref *_isBusy, 1) != 0)
        {
            return false;
        }

        if (Volatile.Read(ref _asleep) == 0 || Wake(work * steps))
        {
            return true;
        }

        Volatile.Write(ref *_isBusy, 0);
        return false;
    }

    /// <summary>Calls the members to work; the leader then does its part.</summary>
    public PlanMember Start(in PlanWork work)
    {
        // What has not changed stays in the other processors' caches.
        PlanMember leader = _members[0];
        bool isSame = work.Repeats(_work);
        if (!isSame || !work.Plan.MayOverlap(work.Steps))
        {
            leader.Await();
        }

        if (!isSame)
        {
            _work = work;
        }

        ++*_shared;
        leader.Arrive();

        if (Volatile.Read(ref _asleep) > 0)
        {
            Ring();
        }

        return leader;
    }

    /// <summary>Lets others lead.</summary>
    public void Finish() => Volatile.Write(ref *_isBusy, 0);

    /// <summary>Remembers when a call ended that its caller has done alone, if sharing it would have been worth it.</summary>
    /// <param name="work">As of <see cref="TryEnter"/>.</param>
    public void FinishAlone(long work)
    {
        if (work >= WorthSharing)
        {
            Volatile.Write(ref _lastAlone, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Ends the threads. Nobody may be leading.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        Ring();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    // A call that soon follows another one wakes the threads for the next. Large work wakes them at once, and waits.
    private bool Wake(long work)
    {
        bool isHot = Stopwatch.GetTimestamp() - Volatile.Read(ref _lastAlone) < WatchTicks, isLarge = work >= WorthWaking;
        if (isHot || isLarge)
        {
            Ring();
        }

        return isLarge;
    }

    private void Ring()
    {
        lock (_bell)
        {
            Monitor.PulseAll(_bell);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Follow(PlanMember member)
    {
        long ticks = WatchTicks;
        while (!_isDisposed)
        {
            if (Watch(member, ticks))
            {
                ticks = WatchTicks;
                Frame frame = _work.Frame.For(member);
                if (_work.Layer is null)
                {
                    _work.Plan.Take(frame, _work.Steps);
                }
                else
                {
                    Plan.TakeSequence(frame, _work);
                }

                continue;
            }

            lock (_bell)
            {
                Interlocked.Increment(ref _asleep);

                // Either this thread sees the call now, or the leader sees the sleeper: the fence between the leader's call and its look is here, where time does not matter.
                Interlocked.MemoryBarrierProcessWide();
                if (!member.IsCalled && !_isDisposed)
                {
                    Monitor.Wait(_bell);
                }

                Interlocked.Decrement(ref _asleep);
                ticks = WokenTicks;
            }
        }
    }

    // Follows the leader if it calls within a while.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Watch(PlanMember member, long ticks)
    {
        const int ReadsPerLook = 32;
        long start = Stopwatch.GetTimestamp();
        do
        {
            for (int read = 0; read < ReadsPerLook; read++)
            {
                if (member.TryFollow())
                {
                    return true;
                }
            }
        }
        while (_mayWatch && !_isDisposed && Stopwatch.GetTimestamp() - start < ticks);
        return false;
    }
}
