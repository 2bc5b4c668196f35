using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>tanh x = m / (m + 2) with m = e^2|x| − 1, and the sign of x: small values keep their relative accuracy because e^r − 1 is never formed by subtraction when n is 0.</summary>
internal readonly struct TanhOperator : IOperator
{
    /// <summary>Where 2|x| is cut off: the result is 1 long before.</summary>
    public const float Bound = 20;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Invoke<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes magnitude = TLanes.Abs(x);
        TLanes r = ExponentialSeries.Reduce(TLanes.Min(TLanes.Create(Bound), magnitude + magnitude), out TLanes shifted);
        TLanes power = ExponentialSeries.Power(shifted);
        TLanes m = TLanes.MultiplyAdd(power, r * ExponentialSeries.Quotient(r), power - TLanes.Create(1));
        return TLanes.CopySign(m / (m + TLanes.Create(2)), x);
    }
}
