using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// One row times one panel over one slab of k: c = a·P, or c += a·P. Four sums are in flight, which hides the latency of a multiply-add; one body for each width
/// because the sums must be named locals to stay in registers.
/// </summary>
internal static unsafe class PanelRow<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Lane = Panels.Lane;

    /// <summary>Multiplies one slab.</summary>
    /// <param name="lanes">Lane groups of the panel, 1 … 4.</param>
    /// <param name="depth">Length of the slab.</param>
    /// <param name="a">[depth]</param>
    /// <param name="b">[depth, lanes · 16]</param>
    /// <param name="c">[lanes · 16]</param>
    /// <param name="accumulate">True to add to what c holds.</param>
    public static void Multiply(int lanes, int depth, float* a, float* b, float* c, bool accumulate)
    {
        switch (lanes)
        {
            case 4: Four(depth, a, b, c, accumulate); break;
            case 3: Three(depth, a, b, c, accumulate); break;
            case 2: Two(depth, a, b, c, accumulate); break;
            case 1: One(depth, a, b, c, accumulate); break;
            default: throw new InvalidOperationException($"no panel of {lanes} lane groups");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(int depth, float* a, float* b, float* c, bool accumulate)
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

        Finish(c, c0, accumulate);
        Finish(c + Lane, c1, accumulate);
        Finish(c + (2 * Lane), c2, accumulate);
        Finish(c + (3 * Lane), c3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three(int depth, float* a, float* b, float* c, bool accumulate)
    {
        TLanes c0 = default, c1 = default, c2 = default;
        for (float* end = a + depth; a < end; a++, b += 3 * Lane)
        {
            TLanes x = TLanes.Broadcast(a);
            c0.AddProduct(x, TLanes.Load(b));
            c1.AddProduct(x, TLanes.Load(b + Lane));
            c2.AddProduct(x, TLanes.Load(b + (2 * Lane)));
        }

        Finish(c, c0, accumulate);
        Finish(c + Lane, c1, accumulate);
        Finish(c + (2 * Lane), c2, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(int depth, float* a, float* b, float* c, bool accumulate)
    {
        TLanes c0 = default, c1 = default;
        for (float* end = a + depth; a < end; a++, b += 2 * Lane)
        {
            TLanes x = TLanes.Broadcast(a);
            c0.AddProduct(x, TLanes.Load(b));
            c1.AddProduct(x, TLanes.Load(b + Lane));
        }

        Finish(c, c0, accumulate);
        Finish(c + Lane, c1, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(int depth, float* a, float* b, float* c, bool accumulate)
    {
        TLanes c0 = default;
        for (float* end = a + depth; a < end; a++, b += Lane)
        {
            c0.AddProduct(TLanes.Broadcast(a), TLanes.Load(b));
        }

        Finish(c, c0, accumulate);
    }

    // The zero is added, not assumed, as in Tile: a sum of −0 gives +0 either way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(float* c, TLanes sum, bool accumulate) => ((accumulate ? TLanes.Load(c) : default) + sum).Store(c);
}
