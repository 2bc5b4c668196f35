using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Carousel.Runtime.Kernels;

namespace Carousel.Cli.Benchmarks;

/// <summary>How fast the level of the memory that holds so many bytes can be read: the limit of work that reads each weight once.</summary>
internal sealed class ReadBandwidth : IDisposable
{
    private const int Streams = 8;
    private static readonly int Block = Streams * Vector512<float>.Count;
    private const int Samples = 5;
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(0.5);

    private readonly Memory<float>[] _buffers;
    private readonly Workers _workers;
    private readonly int _length;

    // Written so that no compiler can leave out the reading.
    private readonly float[] _sums;

    /// <summary>Sets the working set up.</summary>
    /// <param name="bytes">Its size, split evenly between the threads.</param>
    /// <param name="threads">How many read at the same time.</param>
    public ReadBandwidth(long bytes, int threads)
    {
        _workers = new Workers(threads);
        _sums = new float[threads];
        int length = checked((int)(bytes / sizeof(float) / threads / Block)) + 1;
        _length = length * Block;
        _buffers = [.. Enumerable.Range(0, threads).Select(_ => Aligned(2 * _length))];

        // Memory that was never written is one page of zeros over and over, which fits in any cache.
        Array.ForEach(_buffers, static buffer => buffer.Span.Fill(1));
    }

    /// <summary>Bytes read per second, in units of 10⁹, all threads together: the best of a few samples, for a limit is what can be reached.</summary>
    /// <remarks>
    /// Twice the working set is read too: what can be had for more memory can be had for less. At the very edge of a cache, reading in circles drops each line
    /// just before it is wanted again, which is a trap and no limit.
    /// </remarks>
    public double Measure() => Math.Max(Measure(_length), Measure(2 * _length));

    /// <inheritdoc/>
    public void Dispose() => _workers.Dispose();

    private double Measure(int length)
    {
        // The first passes bring the memory back that others have driven out of the caches, and tell how many passes make a sample.
        int passes = 1;
        while (Read(length, passes) < SampleTime)
        {
            passes *= 2;
        }

        double seconds = Enumerable.Range(0, Samples).Min(_ => Read(length, passes).TotalSeconds);
        return (double)passes * _workers.Threads * length * sizeof(float) / seconds / 1e9;
    }

    // Each thread passes over its own part again and again: they meet once per sample, not once per pass.
    private TimeSpan Read(int length, int passes)
    {
        long start = Stopwatch.GetTimestamp();
        _workers.Run(_workers.Threads, thread =>
        {
            for (int pass = 0; pass < passes; pass++)
            {
                _sums[thread] += Sum(_buffers[thread].Span[..length]);
            }
        });
        return Stopwatch.GetElapsedTime(start);
    }

    // A vector that straddles two cache lines costs two reads.
    private static Memory<float> Aligned(int length)
    {
        const int Line = 64;
        float[] buffer = GC.AllocateArray<float>(length + (Line / sizeof(float)), pinned: true);
        long beyond = Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0) % Line;
        return buffer.AsMemory((int)((Line - beyond) % Line) / sizeof(float), length);
    }

    private static float Sum(ReadOnlySpan<float> values)
    {
        ref float start = ref MemoryMarshal.GetReference(values);
        Vector512<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        nuint lane = (nuint)Vector512<float>.Count;
        for (nuint i = 0; i < (nuint)values.Length; i += Streams * lane)
        {
            a += Vector512.LoadUnsafe(ref start, i);
            b += Vector512.LoadUnsafe(ref start, i + lane);
            c += Vector512.LoadUnsafe(ref start, i + (2 * lane));
            d += Vector512.LoadUnsafe(ref start, i + (3 * lane));
            e += Vector512.LoadUnsafe(ref start, i + (4 * lane));
            f += Vector512.LoadUnsafe(ref start, i + (5 * lane));
            g += Vector512.LoadUnsafe(ref start, i + (6 * lane));
            h += Vector512.LoadUnsafe(ref start, i + (7 * lane));
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }
}
