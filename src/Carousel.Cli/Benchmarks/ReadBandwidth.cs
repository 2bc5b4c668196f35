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
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(1);

    private readonly float[][] _buffers;
    private readonly Workers _workers;

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
        _buffers = [.. Enumerable.Range(0, threads).Select(_ => GC.AllocateArray<float>(length * Block, pinned: true))];
        Measure();
    }

    /// <summary>Bytes read per second, in units of 10⁹, all threads together.</summary>
    public double Measure()
    {
        int passes = 0;
        long start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            _workers.Run(_workers.Threads, thread => _sums[thread] += Sum(_buffers[thread]));
            passes++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < SampleTime);
        return (double)passes * _workers.Threads * _buffers[0].Length * sizeof(float) / elapsed.TotalSeconds / 1e9;
    }

    /// <inheritdoc/>
    public void Dispose() => _workers.Dispose();

    private static float Sum(float[] values)
    {
        ref float start = ref MemoryMarshal.GetArrayDataReference(values);
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
