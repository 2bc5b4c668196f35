using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// One row times one panel over one slab of k: c = before + a·P. Four sums are in flight, which hides the latency of a multiply-add; a body for each width
/// and format because the sums must be named locals to stay in registers.
/// </summary>
internal static unsafe class PanelRow<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Lane = Panels.Lane;

    /// <summary>Multiplies one slab.</summary>
    /// <param name="part">The weights.</param>
    /// <param name="k">First k of the slab, even.</param>
    /// <param name="depth">Length of the slab.</param>
    /// <param name="a">[depth], from k on.</param>
    /// <param name="before">[columns], may be c, or null for zeros.</param>
    /// <param name="c">[columns], written.</param>
    public static void Multiply(PanelPart part, int k, int depth, float* a, float* before, float* c)
    {
        bool isSingle = part.Format == PanelFormat.Single;
        float* b = part.Slab(k);
        nint stride = part.Columns;
        if (part.Lanes == Panels.MostLanes)
        {
            if (isSingle)
            {
                Four(depth, a, b, before, c);
            }
            else
            {
                FourOfPairs(depth, a, b, before, c);
            }

            return;
        }

        for (int lane = 0; lane < part.Lanes; lane++)
        {
            if (isSingle)
            {
                One(depth, a, b + (lane * Lane), stride, before == null ? null : before + (lane * Lane), c + (lane * Lane));
            }
            else
            {
                OneOfPairs(depth, a, b + (lane * Lane), stride, before == null ? null : before + (lane * Lane), c + (lane * Lane));
            }
        }
    }

    /// <summary>Writes the weights of one slab as float32 [depth, columns].</summary>
    public static void Expand(PanelPart part, int k, int depth, float* to)
    {
        float* from = part.Slab(k);
        int columns = part.Columns;
        for (int row = 0; row < depth; row += 2, from += columns)
        {
            for (int column = 0; column < columns; column += Lane, to += Lane)
            {
                TLanes words = TLanes.Load(from + column);
                TLanes.LowerHalves(words).Store(to);
                if (row + 1 < depth)
                {
                    TLanes.UpperHalves(words).Store(to + columns);
                }
            }

            to += columns;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(int depth, float* a, float* b, float* before, float* c)
    {
        TLanes c0 = default, c1 = default, c2 = default, c3 = default;
        for (float* end = a + depth; a < end; a++, b += 4 * Lane)
        {
            TLanes x = TLanes.Broadcast(a);
            c0.AddProduct(x, TLanes.Load(b));
            c1.AddProduct(x, TLanes.Load(b + Lane));
            c2.AddProduct(x, TLanes.Load(b + (2 * Lane)));
            c3.AddProduct(x, TLanes.Load(b + (3 * Lane)));
        }

        Finish(c0, before, 0, c);
        Finish(c1, before, Lane, c);
        Finish(c2, before, 2 * Lane, c);
        Finish(c3, before, 3 * Lane, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourOfPairs(int depth, float* a, float* b, float* before, float* c)
    {
        TLanes c0 = default, c1 = default, c2 = default, c3 = default;
        for (float* end = a + (depth & ~1); a < end; a += 2, b += 4 * Lane)
        {
            TLanes even = TLanes.Broadcast(a), odd = TLanes.Broadcast(a + 1);
            TLanes words0 = TLanes.Load(b), words1 = TLanes.Load(b + Lane), words2 = TLanes.Load(b + (2 * Lane)), words3 = TLanes.Load(b + (3 * Lane));
            c0.AddProduct(even, TLanes.LowerHalves(words0));
            c1.AddProduct(even, TLanes.LowerHalves(words1));
            c2.AddProduct(even, TLanes.LowerHalves(words2));
            c3.AddProduct(even, TLanes.LowerHalves(words3));
            c0.AddProduct(odd, TLanes.UpperHalves(words0));
            c1.AddProduct(odd, TLanes.UpperHalves(words1));
            c2.AddProduct(odd, TLanes.UpperHalves(words2));
            c3.AddProduct(odd, TLanes.UpperHalves(words3));
        }

        if (depth % 2 != 0)
        {
            TLanes last = TLanes.Broadcast(a);
            c0.AddProduct(last, TLanes.LowerHalves(TLanes.Load(b)));
            c1.AddProduct(last, TLanes.LowerHalves(TLanes.Load(b + Lane)));
            c2.AddProduct(last, TLanes.LowerHalves(TLanes.Load(b + (2 * Lane))));
            c3.AddProduct(last, TLanes.LowerHalves(TLanes.Load(b + (3 * Lane))));
        }

        Finish(c0, before, 0, c);
        Finish(c1, before, Lane, c);
        Finish(c2, before, 2 * Lane, c);
        Finish(c3, before, 3 * Lane, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(int depth, float* a, float* b, nint stride, float* before, float* c)
    {
        TLanes c0 = default;
        for (float* end = a + depth; a < end; a++, b += stride)
        {
            c0.AddProduct(TLanes.Broadcast(a), TLanes.Load(b));
        }

        Finish(c0, before, 0, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneOfPairs(int depth, float* a, float* b, nint stride, float* before, float* c)
    {
        TLanes c0 = default;
        for (float* end = a + (depth & ~1); a < end; a += 2, b += stride)
        {
            TLanes words = TLanes.Load(b);
            c0.AddProduct(TLanes.Broadcast(a), TLanes.LowerHalves(words));
            c0.AddProduct(TLanes.Broadcast(a + 1), TLanes.UpperHalves(words));
        }

        if (depth % 2 != 0)
        {
            c0.AddProduct(TLanes.Broadcast(a), TLanes.LowerHalves(TLanes.Load(b)));
        }

        Finish(c0, before, 0, c);
    }

    // The zero is added, not assumed, as in Tile: a sum of −0 gives +0 either way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(TLanes sum, float* before, int column, float* c) => ((before == null ? default : TLanes.Load(before + column)) + sum).Store(c + column);
}
