using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>Takes an operator over spans, sixteen elements at a time and the rest as one partial step.</summary>
internal static unsafe class Traversal
{
    /// <summary>y = f(x); y may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TLanes, TOperator>(ReadOnlySpan<float> x, Span<float> y)
        where TLanes : unmanaged, ILanes<TLanes>
        where TOperator : struct, IOperator
    {
        fixed (float* from = x, to = y)
        {
            int i = 0;
            for (; i <= x.Length - ILanes<TLanes>.Count; i += ILanes<TLanes>.Count)
            {
                TOperator.Invoke(TLanes.Load(from + i)).Store(to + i);
            }

            if (i < x.Length)
            {
                TOperator.Invoke(TLanes.Load(from + i, x.Length - i)).Store(to + i, x.Length - i);
            }
        }
    }
}
