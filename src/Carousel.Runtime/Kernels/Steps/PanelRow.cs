using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// One row times panels in float32 or bfloat16: c = before + a·P. At least four sums are in flight, which hides the latency of a multiply-add; a body for each width,
/// format and number of panels because the sums must be named locals to stay in registers.
/// </summary>
/// <remarks>Where there are registers for them, up to four panels are read side by side: they come sooner from the caches than one after the other.</remarks>
internal static unsafe class PanelRow<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Lane = Panels.Lane;

    /// <summary>Multiplies, slab by slab.</summary>
    /// <param name="part">The weights of the first panel.</param>
    /// <param name="stride">Words from one panel to the next.</param>
    /// <param name="count">Number of panels, 1 or more.</param>
    /// <param name="a">[depth]</param>
    /// <param name="before">[count, columns], may be c.</param>
    /// <param name="beforeStride">Elements of that from one panel to the next: 0 when they share them.</param>
    /// <param name="c">[count, columns], written.</param>
    public static void Multiply(in PanelPart part, nint stride, int count, float* a, float* before, nint beforeStride, float* c)
    {
        for (int k = 0; k < part.Depth; k += KernelSet.Slab)
        {
            MultiplySlab(part, stride, count, Math.Min(KernelSet.Slab, part.Depth - k), a + k, part.Slab(k), before, beforeStride, c);
            before = c;
            beforeStride = part.Columns;
        }
    }

    private static void MultiplySlab(in PanelPart part, nint stride, int count, int depth, float* a, float* b, float* before, nint beforeStride, float* c)
    {
        bool isSideBySide = typeof(TLanes) == typeof(Lanes512) && part.Format == PanelFormat.Single && part.Lanes == Panels.MostLanes;
        while (count > 0)
        {
            int panels = !isSideBySide || count == 1 ? 1 : count < 4 ? 2 : 4;
            switch (panels)
            {
                case 4: FourPanels(depth, a, b, stride, before, beforeStride, c); break;
                case 2: TwoPanels(depth, a, b, stride, before, beforeStride, c); break;
                default: MultiplyPanel(part, depth, a, b, before, c); break;
            }

            count -= panels;
            b += panels * stride;
            before += panels * beforeStride;
            c += panels * part.Columns;
        }
    }

    private static void MultiplyPanel(in PanelPart part, int depth, float* a, float* b, float* before, float* c)
    {
        bool isSingle = part.Format == PanelFormat.Single;
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

        for (int lane = 0; lane < part.Columns; lane += Lane)
        {
            if (isSingle)
            {
                One(depth, a, b + lane, part.Columns, before + lane, c + lane);
            }
            else
            {
                OneOfPairs(depth, a, b + lane, part.Columns, before + lane, c + lane);
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
    private static void FourPanels(int depth, float* a, float* b, nint stride, float* before, nint beforeStride, float* c)
    {
        TLanes first0 = default, first1 = default, first2 = default, first3 = default;
        TLanes second0 = default, second1 = default, second2 = default, second3 = default;
        TLanes third0 = default, third1 = default, third2 = default, third3 = default;
        TLanes fourth0 = default, fourth1 = default, fourth2 = default, fourth3 = default;
        float* b1 = b + stride, b2 = b1 + stride, b3 = b2 + stride;
        for (float* end = a + depth; a < end; a++, b += 4 * Lane, b1 += 4 * Lane, b2 += 4 * Lane, b3 += 4 * Lane)
        {
            TLanes x = TLanes.Broadcast(a);
            AddLine(x, b, ref first0, ref first1, ref first2, ref first3);
            AddLine(x, b1, ref second0, ref second1, ref second2, ref second3);
            AddLine(x, b2, ref third0, ref third1, ref third2, ref third3);
            AddLine(x, b3, ref fourth0, ref fourth1, ref fourth2, ref fourth3);
        }

        Finish(first0, first1, first2, first3, before, c);
        Finish(second0, second1, second2, second3, before + beforeStride, c + (4 * Lane));
        Finish(third0, third1, third2, third3, before + (2 * beforeStride), c + (8 * Lane));
        Finish(fourth0, fourth1, fourth2, fourth3, before + (3 * beforeStride), c + (12 * Lane));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoPanels(int depth, float* a, float* b, nint stride, float* before, nint beforeStride, float* c)
    {
        TLanes first0 = default, first1 = default, first2 = default, first3 = default;
        TLanes second0 = default, second1 = default, second2 = default, second3 = default;
        float* b1 = b + stride;
        for (float* end = a + depth; a < end; a++, b += 4 * Lane, b1 += 4 * Lane)
        {
            TLanes x = TLanes.Broadcast(a);
            AddLine(x, b, ref first0, ref first1, ref first2, ref first3);
            AddLine(x, b1, ref second0, ref second1, ref second2, ref second3);
        }

        Finish(first0, first1, first2, first3, before, c);
        Finish(second0, second1, second2, second3, before + beforeStride, c + (4 * Lane));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(int depth, float* a, float* b, float* before, float* c)
    {
        TLanes c0 = default, c1 = default, c2 = default, c3 = default;
        for (float* end = a + depth; a < end; a++, b += 4 * Lane)
        {
            TLanes x = TLanes.Broadcast(a);
            AddLine(x, b, ref c0, ref c1, ref c2, ref c3);
        }

        Finish(c0, c1, c2, c3, before, c);
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

        Finish(c0, c1, c2, c3, before, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(int depth, float* a, float* b, nint stride, float* before, float* c)
    {
        TLanes c0 = default;
        for (float* end = a + depth; a < end; a++, b += stride)
        {
            c0.AddProduct(TLanes.Broadcast(a), TLanes.Load(b));
        }

        Finish(c0, before, c);
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

        Finish(c0, before, c);
    }

    // What one number of the row adds, of one panel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddLine(TLanes x, float* b, ref TLanes c0, ref TLanes c1, ref TLanes c2, ref TLanes c3)
    {
        c0.AddProduct(x, TLanes.Load(b));
        c1.AddProduct(x, TLanes.Load(b + Lane));
        c2.AddProduct(x, TLanes.Load(b + (2 * Lane)));
        c3.AddProduct(x, TLanes.Load(b + (3 * Lane)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(TLanes c0, TLanes c1, TLanes c2, TLanes c3, float* before, float* c)
    {
        Finish(c0, before, c);
        Finish(c1, before + Lane, c + Lane);
        Finish(c2, before + (2 * Lane), c + (2 * Lane));
        Finish(c3, before + (3 * Lane), c + (3 * Lane));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(TLanes sum, float* before, float* c) => (TLanes.Load(before) + sum).Store(c);
}
