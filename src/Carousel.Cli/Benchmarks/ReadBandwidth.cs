using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Carousel.Runtime.Kernels;

namespace Carousel.Cli.Benchmarks;

/// <summary>
/// How fast the level of the memory that holds so many bytes can be read at best: the limit of work that reads each weight once. Plain loads of whole cache
/// lines from huge pages where the system has them, in one to eight streams, the best of all tries. Some processors read a short stretch of memory in circles
/// more slowly than a longer one, since their prefetchers begin anew each time: what can be had for more memory can be had for less, so that counts as well.
/// </summary>
internal sealed partial class ReadBandwidth : IDisposable
{
    private const int Line = 64, Loads = 8, HugePage = 1 << 21;
    private const int ShortBlocks = (4 << 20) / (Loads * Line);
    private static readonly int[] StreamCounts = [1, 2, 4, 8], Sizes = [1, 2, 4];
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(0.3);
    private const int Samples = 3;

    private readonly nint[] _buffers;
    private readonly Workers _workers;
    private readonly int[] _blocks;

    // Written so that no compiler can leave out the reading.
    private readonly uint[] _sums;

    /// <summary>Sets the working set up.</summary>
    /// <param name="bytes">Its size, split evenly between the threads.</param>
    /// <param name="threads">How many read at the same time.</param>
    public ReadBandwidth(long bytes, int threads)
    {
        _workers = new Workers(threads);
        _sums = new uint[threads];
        int blocks = Math.Max(checked((int)(bytes / threads / (Loads * Line))) + 1, StreamCounts[^1]);
        _blocks = [.. Sizes.Select(size => size * blocks).Where(size => size == blocks || size <= ShortBlocks)];
        _buffers = [.. Enumerable.Range(0, threads).Select(_ => Allocate((nuint)_blocks[^1] * Loads * Line))];
    }

    /// <summary>Bytes read per second, in units of 10⁹, all threads together: the best of a few samples of each number of streams.</summary>
    public double Measure() => _blocks.Max(blocks => StreamCounts.Max(streams => Measure(blocks / streams, streams)));

    /// <inheritdoc/>
    public unsafe void Dispose()
    {
        _workers.Dispose();
        foreach (nint buffer in _buffers)
        {
            NativeMemory.AlignedFree((void*)buffer);
        }
    }

    private double Measure(int blocksPerStream, int streams)
    {
        // The first passes bring the memory back that others have driven out of the caches, and tell how many passes make a sample. The shortest counts:
        // whoever was interrupted may have done less than it seems.
        int passes = 1;
        double seconds;
        while ((seconds = Enumerable.Range(0, Samples).Min(_ => Read(blocksPerStream, streams, passes).TotalSeconds)) < SampleTime.TotalSeconds)
        {
            passes *= 2;
        }

        return (double)passes * _workers.Threads * blocksPerStream * streams * Loads * Line / seconds / 1e9;
    }

    // Each thread passes over its own part again and again: they meet once per sample, not once per pass.
    private TimeSpan Read(int blocksPerStream, int streams, int passes)
    {
        long start = Stopwatch.GetTimestamp();
        _workers.Run(_workers.Threads, thread =>
        {
            for (int pass = 0; pass < passes; pass++)
            {
                _sums[thread] += Sum(_buffers[thread], blocksPerStream, streams);
            }
        });
        return Stopwatch.GetElapsedTime(start);
    }

    private static unsafe nint Allocate(nuint bytes)
    {
        void* buffer = NativeMemory.AlignedAlloc(bytes, bytes >= HugePage ? HugePage : (nuint)Line);
        if (OperatingSystem.IsLinux() && bytes >= HugePage)
        {
            // Only a wish: where it is not granted, the pages stay small.
            const int HugePages = 14;
            _ = Advise((nint)buffer, bytes, HugePages);
        }

        // Memory that was never written is one page of zeros over and over, which fits in any cache.
        NativeMemory.Fill(buffer, bytes, 1);
        return (nint)buffer;
    }

    // Eight loads at a time; each of the streams walks through its share of the memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe uint Sum(nint buffer, int blocksPerStream, int streams)
    {
        nint share = (nint)blocksPerStream * Loads * Line;
        nint At(int load) => (load % streams * share) + (load / streams * Line);
        nint b1 = At(1), b2 = At(2), b3 = At(3), b4 = At(4), b5 = At(5), b6 = At(6), b7 = At(7);
        Vector512<uint> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        byte* at = (byte*)buffer, end = at + share;
        for (nint step = Loads / streams * Line; at < end; at += step)
        {
            a += Vector512.LoadAligned((uint*)at);
            b += Vector512.LoadAligned((uint*)(at + b1));
            c += Vector512.LoadAligned((uint*)(at + b2));
            d += Vector512.LoadAligned((uint*)(at + b3));
            e += Vector512.LoadAligned((uint*)(at + b4));
            f += Vector512.LoadAligned((uint*)(at + b5));
            g += Vector512.LoadAligned((uint*)(at + b6));
            h += Vector512.LoadAligned((uint*)(at + b7));
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint length, int advice);
}
