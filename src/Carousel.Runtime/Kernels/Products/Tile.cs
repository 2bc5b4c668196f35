using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>
/// The inner loop of a matrix product: a tile of C, some rows high and one strip wide, is held in registers while k runs over one slab.
/// </summary>
/// <remarks>
/// One body for each height, and nothing else differs between them: the accumulators must be named locals for the run-time compiler to keep them in
/// registers. Twelve rows of two 512-bit vectors (or six of two 256-bit ones) leave room for the strip of B and the broadcast element of A.
/// </remarks>
/// <typeparam name="TStrip">The columns of a tile.</typeparam>
internal static unsafe class Tile<TStrip> where TStrip : unmanaged, IStrip<TStrip>
{
    /// <summary>The heights there are, tallest first.</summary>
    public static ReadOnlySpan<int> Heights => [12, 10, 8, 6, 4, 2, 1];

    /// <summary>C = A·B, or C += A·B, for one tile and one slab.</summary>
    /// <param name="height">One of <see cref="Heights"/>.</param>
    /// <param name="depth">Length of the slab.</param>
    /// <param name="a">[depth, height], no gaps.</param>
    /// <param name="b">[depth, strip]</param>
    /// <param name="bStride">Elements from one row of B to the next.</param>
    /// <param name="c">[height, strip]</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    public static void Multiply(int height, int depth, float* a, float* b, nint bStride, float* c, nint cStride, bool accumulate)
    {
        switch (height)
        {
            case 12: Rows12(depth, a, b, bStride, c, cStride, accumulate); break;
            case 10: Rows10(depth, a, b, bStride, c, cStride, accumulate); break;
            case 8: Rows8(depth, a, b, bStride, c, cStride, accumulate); break;
            case 6: Rows6(depth, a, b, bStride, c, cStride, accumulate); break;
            case 4: Rows4(depth, a, b, bStride, c, cStride, accumulate); break;
            case 2: Rows2(depth, a, b, bStride, c, cStride, accumulate); break;
            case 1: Rows1(depth, a, b, bStride, c, cStride, accumulate); break;
            default: throw new InvalidOperationException($"no tile of {height} rows");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows12(int depth, float* a, float* b, nint bStride, float* c, nint cStride, bool accumulate)
    {
        Prefetch(c, cStride, 12);
        TStrip c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        for (float* end = a + ((nint)depth * 12); a < end; a += 12, b += bStride)
        {
            TStrip strip = TStrip.Load(b);
            c0.AddProduct(TStrip.Broadcast(a), strip);
            c1.AddProduct(TStrip.Broadcast(a + 1), strip);
            c2.AddProduct(TStrip.Broadcast(a + 2), strip);
            c3.AddProduct(TStrip.Broadcast(a + 3), strip);
            c4.AddProduct(TStrip.Broadcast(a + 4), strip);
            c5.AddProduct(TStrip.Broadcast(a + 5), strip);
            c6.AddProduct(TStrip.Broadcast(a + 6), strip);
            c7.AddProduct(TStrip.Broadcast(a + 7), strip);
            c8.AddProduct(TStrip.Broadcast(a + 8), strip);
            c9.AddProduct(TStrip.Broadcast(a + 9), strip);
            c10.AddProduct(TStrip.Broadcast(a + 10), strip);
            c11.AddProduct(TStrip.Broadcast(a + 11), strip);
        }

        Finish(c, c0, accumulate);
        Finish(c + cStride, c1, accumulate);
        Finish(c + (2 * cStride), c2, accumulate);
        Finish(c + (3 * cStride), c3, accumulate);
        Finish(c + (4 * cStride), c4, accumulate);
        Finish(c + (5 * cStride), c5, accumulate);
        Finish(c + (6 * cStride), c6, accumulate);
        Finish(c + (7 * cStride), c7, accumulate);
        Finish(c + (8 * cStride), c8, accumulate);
        Finish(c + (9 * cStride), c9, accumulate);
        Finish(c + (10 * cStride), c10, accumulate);
        Finish(c + (11 * cStride), c11, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows10(int depth, float* a, float* b, nint bStride, float* c, nint cStride, bool accumulate)
    {
        Prefetch(c, cStride, 10);
        TStrip c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default, c8 = default, c9 = default;
        for (float* end = a + ((nint)depth * 10); a < end; a += 10, b += bStride)
        {
            TStrip strip = TStrip.Load(b);
            c0.AddProduct(TStrip.Broadcast(a), strip);
            c1.AddProduct(TStrip.Broadcast(a + 1), strip);
            c2.AddProduct(TStrip.Broadcast(a + 2), strip);
            c3.AddProduct(TStrip.Broadcast(a + 3), strip);
            c4.AddProduct(TStrip.Broadcast(a + 4), strip);
            c5.AddProduct(TStrip.Broadcast(a + 5), strip);
            c6.AddProduct(TStrip.Broadcast(a + 6), strip);
            c7.AddProduct(TStrip.Broadcast(a + 7), strip);
            c8.AddProduct(TStrip.Broadcast(a + 8), strip);
            c9.AddProduct(TStrip.Broadcast(a + 9), strip);
        }

        Finish(c, c0, accumulate);
        Finish(c + cStride, c1, accumulate);
        Finish(c + (2 * cStride), c2, accumulate);
        Finish(c + (3 * cStride), c3, accumulate);
        Finish(c + (4 * cStride), c4, accumulate);
        Finish(c + (5 * cStride), c5, accumulate);
        Finish(c + (6 * cStride), c6, accumulate);
        Finish(c + (7 * cStride), c7, accumulate);
        Finish(c + (8 * cStride), c8, accumulate);
        Finish(c + (9 * cStride), c9, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows8(int depth, float* a, float* b, nint bStride, float* c, nint cStride, bool accumulate)
    {
        Prefetch(c, cStride, 8);
        TStrip c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (float* end = a + ((nint)depth * 8); a < end; a += 8, b += bStride)
        {
            TStrip strip = TStrip.Load(b);
            c0.AddProduct(TStrip.Broadcast(a), strip);
            c1.AddProduct(TStrip.Broadcast(a + 1), strip);
            c2.AddProduct(TStrip.Broadcast(a + 2), strip);
            c3.AddProduct(TStrip.Broadcast(a + 3), strip);
            c4.AddProduct(TStrip.Broadcast(a + 4), strip);
            c5.AddProduct(TStrip.Broadcast(a + 5), strip);
            c6.AddProduct(TStrip.Broadcast(a + 6), strip);
            c7.AddProduct(TStrip.Broadcast(a + 7), strip);
        }

        Finish(c, c0, accumulate);
        Finish(c + cStride, c1, accumulate);
        Finish(c + (2 * cStride), c2, accumulate);
        Finish(c + (3 * cStride), c3, accumulate);
        Finish(c + (4 * cStride), c4, accumulate);
        Finish(c + (5 * cStride), c5, accumulate);
        Finish(c + (6 * cStride), c6, accumulate);
        Finish(c + (7 * cStride), c7, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6(int depth, float* a, float* b, nint bStride, float* c, nint cStride, bool accumulate)
    {
        Prefetch(c, cStride, 6);
        TStrip c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        for (float* end = a + ((nint)depth * 6); a < end; a += 6, b += bStride)
        {
            TStrip strip = TStrip.Load(b);
            c0.AddProduct(TStrip.Broadcast(a), strip);
            c1.AddProduct(TStrip.Broadcast(a + 1), strip);
            c2.AddProduct(TStrip.Broadcast(a + 2), strip);
            c3.AddProduct(TStrip.Broadcast(a + 3), strip);
            c4.AddProduct(TStrip.Broadcast(a + 4), strip);
            c5.AddProduct(TStrip.Broadcast(a + 5), strip);
        }

        Finish(c, c0, accumulate);
        Finish(c + cStride, c1, accumulate);
        Finish(c + (2 * cStride), c2, accumulate);
        Finish(c + (3 * cStride), c3, accumulate);
        Finish(c + (4 * cStride), c4, accumulate);
        Finish(c + (5 * cStride), c5, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4(int depth, float* a, float* b, nint bStride, float* c, nint cStride, bool accumulate)
    {
        Prefetch(c, cStride, 4);
        TStrip c0 = default, c1 = default, c2 = default, c3 = default;
        for (float* end = a + ((nint)depth * 4); a < end; a += 4, b += bStride)
        {
            TStrip strip = TStrip.Load(b);
            c0.AddProduct(TStrip.Broadcast(a), strip);
            c1.AddProduct(TStrip.Broadcast(a + 1), strip);
            c2.AddProduct(TStrip.Broadcast(a + 2), strip);
            c3.AddProduct(TStrip.Broadcast(a + 3), strip);
        }

        Finish(c, c0, accumulate);
        Finish(c + cStride, c1, accumulate);
        Finish(c + (2 * cStride), c2, accumulate);
        Finish(c + (3 * cStride), c3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows2(int depth, float* a, float* b, nint bStride, float* c, nint cStride, bool accumulate)
    {
        Prefetch(c, cStride, 2);
        TStrip c0 = default, c1 = default;
        for (float* end = a + ((nint)depth * 2); a < end; a += 2, b += bStride)
        {
            TStrip strip = TStrip.Load(b);
            c0.AddProduct(TStrip.Broadcast(a), strip);
            c1.AddProduct(TStrip.Broadcast(a + 1), strip);
        }

        Finish(c, c0, accumulate);
        Finish(c + cStride, c1, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1(int depth, float* a, float* b, nint bStride, float* c, nint cStride, bool accumulate)
    {
        Prefetch(c, cStride, 1);
        TStrip c0 = default;
        for (float* end = a + ((nint)depth * 1); a < end; a += 1, b += bStride)
        {
            TStrip strip = TStrip.Load(b);
            c0.AddProduct(TStrip.Broadcast(a), strip);
        }

        Finish(c, c0, accumulate);
    }

    // The zero is added, not assumed: a slab that underflowed to −0 gives +0, as it does when C held zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(float* c, TStrip sum, bool accumulate) => ((accumulate ? TStrip.Load(c) : default) + sum).Store(c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* c, nint cStride, int height)
    {
        const int Line = 16;
        if (Sse.IsSupported)
        {
            for (int row = 0; row < height; row++, c += cStride)
            {
                for (int column = 0; column < TStrip.Width; column += Line)
                {
                    Sse.Prefetch0(c + column);
                }
            }
        }
    }
}
