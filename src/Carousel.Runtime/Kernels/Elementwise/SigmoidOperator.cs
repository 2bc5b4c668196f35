using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>σ(x) = 1 / (1 + e^−x). Beyond ±87 it stays at its value there, so that no result is denormal.</summary>
internal readonly struct SigmoidOperator : IOperator
{
    /// <summary>Where |x| is cut off.</summary>
    public const float Bound = 87;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Invoke<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes one = TLanes.Create(1);
        TLanes negative = TLanes.Max(TLanes.Create(-Bound), TLanes.Min(TLanes.Create(Bound), default(TLanes) - x));
        TLanes r = ExponentialSeries.Reduce(negative, out TLanes shifted);
        TLanes power = TLanes.MultiplyAdd(r, ExponentialSeries.Quotient(r), one);
        return one / TLanes.MultiplyAdd(power, ExponentialSeries.Power(shifted), one);
    }
}
