namespace Carousel.Tests.Shared;

/// <summary>Counts the bytes that code allocates on the thread that calls it.</summary>
/// <remarks>
/// The run-time hands out memory in blocks of 8 KB to a thread, and counts a block's rest as allocated when a collection takes it away while the thread runs. Collections are caused
/// by tests beside this one, so that the count of code which allocates nothing would be anything up to 8 KB. A collection just before the count leaves the thread without a block.
/// </remarks>
internal static class Allocations
{
    /// <summary>Begins a count, of code that is warm: what it does the first time, and what the run-time does for its first calls, counts too.</summary>
    /// <returns>For <see cref="Since"/>.</returns>
    public static long Mark()
    {
        GC.Collect(0);
        return GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>Bytes that this thread allocated since a mark.</summary>
    /// <param name="mark">From <see cref="Mark"/>.</param>
    public static long Since(long mark) => GC.GetAllocatedBytesForCurrentThread() - mark;

    /// <summary>Bytes that some warm code allocates on this thread.</summary>
    /// <param name="body">The code.</param>
    public static long Of(Action body)
    {
        long mark = Mark();
        body();
        return Since(mark);
    }

    /// <summary>Bytes that many calls allocate after so many that made the run-time compile and the code take what it keeps.</summary>
    /// <param name="warmUp">Calls before the count.</param>
    /// <param name="calls">Calls that count.</param>
    /// <param name="body">What is called.</param>
    public static long OfCalls(int warmUp, int calls, Action body)
    {
        Repeat(warmUp, body);
        return Of(() => Repeat(calls, body));
    }

    private static void Repeat(int calls, Action body)
    {
        for (int call = 0; call < calls; call++)
        {
            body();
        }
    }
}
