using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Carousel.Runtime.Plans;

/// <summary>
/// One of the threads that take a plan's time step together, each doing its part of every layer. They meet by counting: a member publishes how often it has arrived,
/// on a cache line that only it writes, and waits until the others have arrived as often.
/// </summary>
internal sealed unsafe class PlanMember
{
    // Two cache lines, because processors fetch lines in pairs.
    private const int Apart = 2 * 64 / sizeof(long);

    // Reads before the thread lets others run: far longer than members are apart unless one of them lost its processor.
    private const int PatientReads = 20_000;

    // Each member's arrivals as others see them, then each member's as only it does.
    private readonly long* _published, _own;
    private readonly int _patience;

    /// <summary>A member of a team.</summary>
    /// <param name="index">0 for the leader.</param>
    /// <param name="count">Members.</param>
    /// <param name="words">[<see cref="Words"/>], zeros, shared by all members.</param>
    /// <param name="mayWatch">False when there are more members than processors: who waits must let others run.</param>
    public PlanMember(int index, int count, long* words, bool mayWatch)
    {
        (Index, Count, _patience) = (index, count, mayWatch ? PatientReads : 0);
        _published = words;
        _own = words + ((count + index) * Apart);
    }

    /// <summary>A thread on its own, which never waits.</summary>
    public static PlanMember Alone { get; } = new(0, 1, (long*)NativeMemory.AllocZeroed(2 * Apart, sizeof(long)), true);

    /// <summary>Words of memory that the members of a team need.</summary>
    public static int Words(int count) => 2 * count * Apart;

    /// <summary>0 … <see cref="Count"/> − 1</summary>
    public int Index { get; }

    /// <summary>Members of the team.</summary>
    public int Count { get; }

    /// <summary>True for the thread that called.</summary>
    public bool IsLeader => Index == 0;

    /// <summary>True for the member with the highest index, which is the leader when it is alone.</summary>
    public bool IsLast => Index == Count - 1;

    /// <summary>Says that everything up to here is done and visible.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Arrive()
    {
        if (Count > 1)
        {
            Volatile.Write(ref _published[Index * Apart], ++*_own);
        }
    }

    /// <summary>Counts an arrival for which nobody waits. Publishing it would cost a cache line's way to the others and back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Pass() => ++*_own;

    /// <summary>Waits until everyone has arrived as often as this member.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Await()
    {
        for (int member = 0; member < Count; member++)
        {
            Await(member);
        }
    }

    /// <summary>Waits until the leader has arrived as often as this member.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AwaitLeader() => Await(0);

    /// <summary>Arrives and waits for everyone.</summary>
    public void Meet()
    {
        Arrive();
        Await();
    }

    /// <summary>Takes part in what the leader has begun, if it has: counts its arrival as one of this member's.</summary>
    public bool TryFollow()
    {
        if (!IsCalled)
        {
            return false;
        }

        Pass();
        return true;
    }

    /// <summary>True when the leader has arrived once more than this member.</summary>
    public bool IsCalled => Volatile.Read(ref *_published) > *_own;

    /// <summary>This member's share of <paramref name="pieces"/> pieces in a row, as even as can be; the leader has one when there is one.</summary>
    public (int First, int End) Share(int pieces) => (((Index * pieces) + Count - 1) / Count, (((Index + 1) * pieces) + Count - 1) / Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Await(int member)
    {
        if (member == Index)
        {
            return;
        }

        long* published = _published + (member * Apart);
        long arrivals = *_own;
        for (int reads = 0; Volatile.Read(ref *published) < arrivals; reads++)
        {
            if (reads >= _patience)
            {
                Thread.Yield();
            }
        }
    }
}
