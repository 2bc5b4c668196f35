using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>Takes an operator over spans, sixteen elements at a time and the rest as one partial step.</summary>
internal static unsafe class Traversal
{
    /// <summary>y = f(x); y may be x.</summary>
    public static void Map<TLanes, TOperator>(ReadOnlySpan<float> x, Span<float> y)
        where TLanes : unmanaged, ILanes<TLanes>
        where TOperator : struct, IOperator
    {
        fixed (float* from = x, to = y)
        {
            Map<TLanes, TOperator>(from, to, x.Length);
        }
    }

    /// <summary>y = f(x) for <paramref name="length"/> elements; y may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TLanes, TOperator>(float* x, float* y, int length)
        where TLanes : unmanaged, ILanes<TLanes>
        where TOperator : struct, IOperator
    {
        int i = 0;
        for (; i <= length - ILanes<TLanes>.Count; i += ILanes<TLanes>.Count)
        {
            TOperator.Invoke(TLanes.Load(x + i)).Store(y + i);
        }

        if (i < length)
        {
            TOperator.Invoke(TLanes.Load(x + i, length - i)).Store(y + i, length - i);
        }
    }
}
