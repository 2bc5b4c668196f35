using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>
/// Keeps quantities that decay from step to step out of the denormal range, where arithmetic may be a hundred times slower: a cell without input, a gradient far
/// back in time, an optimiser's memory of a row that is not used.
/// </summary>
internal static class Tiny
{
    /// <summary>2⁻¹⁰⁰: magnitudes below become zero. Far below anything that reaches a result, far enough above 2⁻¹²⁶ for products with weights.</summary>
    public const float Limit = 7.888609e-31f;

    /// <summary>x, or zero where |x| is below <see cref="Limit"/>; NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Flush<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.WhereLess(TLanes.Abs(x), TLanes.Create(Limit), default, x);
}
