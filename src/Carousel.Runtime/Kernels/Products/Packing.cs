using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>Copies a part of an operand into the order in which a tile reads it: for each k, the neighbouring elements of the other axis, without gaps.</summary>
internal static unsafe class Packing
{
    private const int Block = 4, WideBlock = 8;

    /// <summary>target[tile, k, i] = source[k, tile · height + i]</summary>
    /// <remarks>
    /// A few k of all tiles at a time. A whole row of the source at a time would write to the beginnings of all tiles, which lie so far apart, depth · height elements,
    /// that they fall on the same few lines of the first-level cache; a whole tile at a time would read narrow columns.
    /// </remarks>
    /// <param name="source">[depth, tiles · height] with gaps.</param>
    /// <param name="stride">Elements from one k to the next.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="tiles">Number of tiles.</param>
    /// <param name="height">Elements per k of a tile.</param>
    /// <param name="target">[tiles, depth, height]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyTiles(float* source, nint stride, int depth, int tiles, int height, float* target)
    {
        const int Together = 16;
        for (int start = 0; start < depth; start += Together, source += Together * stride, target += Together * height)
        {
            int count = Math.Min(Together, depth - start);
            for (int tile = 0; tile < tiles; tile++)
            {
                float* from = source + ((nint)tile * height), to = target + ((nint)tile * depth * height);
                for (int k = 0; k < count; k++, from += stride, to += height)
                {
                    int i = 0;
                    for (; i <= height - (2 * Block); i += 2 * Block)
                    {
                        Vector256.Load(from + i).Store(to + i);
                    }

                    for (; i <= height - Block; i += Block)
                    {
                        Vector128.Load(from + i).Store(to + i);
                    }

                    for (; i < height; i++)
                    {
                        to[i] = from[i];
                    }
                }
            }
        }
    }

    /// <summary>target[k, i] = source[k, i] for a tile or strip that is not whole.</summary>
    /// <param name="source">[depth, count] with gaps.</param>
    /// <param name="stride">Elements from one k to the next.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="count">Elements per k.</param>
    /// <param name="target">[depth, width]</param>
    /// <param name="width">Elements per k in the copy; those from <paramref name="count"/> on become zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyRows(float* source, nint stride, int depth, int count, float* target, int width)
    {
        for (int k = 0; k < depth; k++, source += stride, target += width)
        {
            int i = 0;
            for (; i <= count - Block; i += Block)
            {
                Vector128.Load(source + i).Store(target + i);
            }

            for (; i < count; i++)
            {
                target[i] = source[i];
            }

            for (; i <= width - Block; i += Block)
            {
                Vector128<float>.Zero.Store(target + i);
            }

            for (; i < width; i++)
            {
                target[i] = 0;
            }
        }
    }

    /// <summary>target[strip, k, i] = source[k, strip · width + i], a row of all strips at a time, as <see cref="CopyTiles"/> does.</summary>
    /// <param name="source">[depth, strips · width] with gaps.</param>
    /// <param name="stride">Elements from one k to the next.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="strips">Number of whole strips.</param>
    /// <param name="target">[strips, depth, width]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyStrips<TStrip>(float* source, nint stride, int depth, int strips, float* target) where TStrip : unmanaged, IStrip<TStrip>
    {
        for (int k = 0; k < depth; k++, source += stride, target += TStrip.Width)
        {
            float* to = target;
            for (int strip = 0; strip < strips; strip++, to += (nint)depth * TStrip.Width)
            {
                TStrip.Load(source + (strip * TStrip.Width)).Store(to);
            }
        }
    }

    /// <summary>target[k, i] = source[i, k]: the elements of one k are a column of the source, in square blocks.</summary>
    /// <param name="source">[count, depth] with gaps.</param>
    /// <param name="stride">Elements from one i to the next.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="count">Elements per k.</param>
    /// <param name="target">[depth, width]</param>
    /// <param name="width">Elements per k in the copy; those from <paramref name="count"/> on become zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint stride, int depth, int count, float* target, int width)
    {
        int i = 0;
        for (; Avx.IsSupported && i <= count - WideBlock; i += WideBlock)
        {
            int k = 0;
            for (; k <= depth - WideBlock; k += WideBlock)
            {
                TransposeWideBlock(source + (i * stride) + k, stride, target + ((nint)k * width) + i, width);
            }

            CopyColumns(source + (i * stride), stride, k, depth, WideBlock, target + i, width);
        }

        for (; Sse.IsSupported && i <= count - Block; i += Block)
        {
            int k = 0;
            for (; k <= depth - Block; k += Block)
            {
                TransposeBlock(source + (i * stride) + k, stride, target + ((nint)k * width) + i, width);
            }

            CopyColumns(source + (i * stride), stride, k, depth, Block, target + i, width);
        }

        for (; i < count; i++)
        {
            for (int k = 0; k < depth; k++)
            {
                target[((nint)k * width) + i] = source[(i * stride) + k];
            }
        }

        for (; i < width; i++)
        {
            for (int k = 0; k < depth; k++)
            {
                target[((nint)k * width) + i] = 0;
            }
        }
    }

    // The last few k of some neighbours.
    private static void CopyColumns(float* source, nint stride, int start, int depth, int count, float* target, nint width)
    {
        for (int k = start; k < depth; k++)
        {
            for (int i = 0; i < count; i++)
            {
                target[(k * width) + i] = source[(i * stride) + k];
            }
        }
    }

    // Eight rows of eight, four columns at a time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeWideBlock(float* source, nint stride, float* target, nint width)
    {
        float* lower = source + (4 * stride);
        Vector256<float> a = Join(source, lower), b = Join(source + stride, lower + stride);
        Vector256<float> c = Join(source + (2 * stride), lower + (2 * stride)), d = Join(source + (3 * stride), lower + (3 * stride));
        StoreColumns(a, b, c, d, target, width);
        a = Join(source + 4, lower + 4);
        b = Join(source + stride + 4, lower + stride + 4);
        c = Join(source + (2 * stride) + 4, lower + (2 * stride) + 4);
        d = Join(source + (3 * stride) + 4, lower + (3 * stride) + 4);
        StoreColumns(a, b, c, d, target + (4 * width), width);
    }

    // Four elements of row i in the lower half, of row i + 4 in the upper.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Join(float* upper, float* lower) => Vector256.Create(Vector128.Load(upper), Vector128.Load(lower));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* target, nint width)
    {
        Vector256<float> ab = Avx.UnpackLow(a, b), cd = Avx.UnpackLow(c, d), abHigh = Avx.UnpackHigh(a, b), cdHigh = Avx.UnpackHigh(c, d);
        Avx.Shuffle(ab, cd, 0b01_00_01_00).Store(target);
        Avx.Shuffle(ab, cd, 0b11_10_11_10).Store(target + width);
        Avx.Shuffle(abHigh, cdHigh, 0b01_00_01_00).Store(target + (2 * width));
        Avx.Shuffle(abHigh, cdHigh, 0b11_10_11_10).Store(target + (3 * width));
    }

    // Four rows of four: two rounds of interleaving.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBlock(float* source, nint stride, float* target, nint width)
    {
        Vector128<float> a = Vector128.Load(source), b = Vector128.Load(source + stride);
        Vector128<float> c = Vector128.Load(source + (2 * stride)), d = Vector128.Load(source + (3 * stride));
        Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d);
        Vector128<float> abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(ab, cd).Store(target);
        Sse.MoveHighToLow(cd, ab).Store(target + width);
        Sse.MoveLowToHigh(abHigh, cdHigh).Store(target + (2 * width));
        Sse.MoveHighToLow(cdHigh, abHigh).Store(target + (3 * width));
    }
}
