using System.Diagnostics;

namespace Carousel.Cli.Benchmarks;

/// <summary>The memory that this process holds, as the system counts it.</summary>
internal static class ProcessMemory
{
    // Writing 5 there sets the largest resident size back to the present one (proc(5)).
    private const string Resets = "/proc/self/clear_refs";

    /// <summary>Gives back what is no longer used and, where the system can, begins to watch for the largest size anew.</summary>
    public static void Restart()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (File.Exists(Resets))
        {
            File.WriteAllText(Resets, "5");
        }
    }

    /// <summary>The largest resident size since the last restart, in bytes; where the system cannot begin anew, since the process began.</summary>
    public static long Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
