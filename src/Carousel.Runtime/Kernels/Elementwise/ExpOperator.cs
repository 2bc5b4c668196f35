using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>e^x over the whole range of float32, without denormal results.</summary>
internal readonly struct ExpOperator : IOperator
{
    /// <summary>The largest x whose exponential is finite, ln of the largest float.</summary>
    public const float Largest = 88.7228394f;

    /// <summary>The smallest x whose exponential is a normal number, ln 2⁻¹²⁶.</summary>
    public const float Smallest = -87.3365479f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Invoke<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes r = ExponentialSeries.Reduce(x, out TLanes shifted);
        TLanes power = TLanes.MultiplyAdd(r, ExponentialSeries.Quotient(r), TLanes.Create(1));

        // n goes straight to the exponent: 2¹²⁸ times a number below one is finite although 2¹²⁸ is not. x + ∞ is ∞ above the range and NaN for NaN.
        TLanes value = TLanes.AddToExponent(power, shifted);
        value = TLanes.WhereLess(TLanes.Create(Largest), x, TLanes.Create(float.PositiveInfinity), value);
        value = TLanes.WhereLess(x, TLanes.Create(Smallest), default, value);
        return TLanes.WhereLess(x, TLanes.Create(float.PositiveInfinity), value, x + TLanes.Create(float.PositiveInfinity));
    }
}
