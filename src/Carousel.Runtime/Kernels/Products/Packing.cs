using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>Copies a part of an operand into the order in which a tile reads it: for each k, the neighbouring elements of the other axis, without gaps.</summary>
internal static unsafe class Packing
{
    private const int Block = 4;

    /// <summary>target[tile, k, i] = source[k, tile · height + i], a row of all tiles at a time: long runs are kinder to the memory than narrow columns.</summary>
    /// <param name="source">[depth, tiles · height] with gaps.</param>
    /// <param name="stride">Elements from one k to the next.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="tiles">Number of tiles.</param>
    /// <param name="height">Elements per k of a tile.</param>
    /// <param name="target">[tiles, depth, height]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyTiles(float* source, nint stride, int depth, int tiles, int height, float* target)
    {
        for (int k = 0; k < depth; k++, source += stride, target += height)
        {
            float* from = source, to = target;
            for (int tile = 0; tile < tiles; tile++, from += height, to += (nint)depth * height)
            {
                int i = 0;
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
            for (int i = 0; i < count; i++)
            {
                target[i] = source[i];
            }

            for (int i = count; i < width; i++)
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

    /// <summary>target[k, i] = source[i, k]: the elements of one k are a column of the source, in blocks of four by four.</summary>
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
        for (; Sse.IsSupported && i <= count - Block; i += Block)
        {
            int k = 0;
            for (; k <= depth - Block; k += Block)
            {
                TransposeBlock(source + (i * stride) + k, stride, target + ((nint)k * width) + i, width);
            }

            for (; k < depth; k++)
            {
                for (int row = i; row < i + Block; row++)
                {
                    target[((nint)k * width) + row] = source[(row * stride) + k];
                }
            }
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
