using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Elementwise;

/// <summary>
/// The parts of e^x = 2ⁿ · e^r that every activation shares: n = round(x / ln 2), r = x − n·ln 2 in [−½ ln 2, ½ ln 2], e^r − 1 by a polynomial.
/// </summary>
/// <remarks>
/// ln 2 is subtracted in two parts, the first short enough for n times it to be exact (Cody &amp; Waite 1980). n is rounded by adding 1.5·2²³, which leaves it in the
/// low bits of the sum. The polynomial interpolates (e^r − 1)/r at Chebyshev nodes; with coefficients rounded to float32 e^r is within 1.1e-8 of its value.
/// </remarks>
internal static class ExponentialSeries
{
    /// <summary>1 / ln 2</summary>
    public const float InverseLn2 = 1.44269504f;

    /// <summary>ln 2, leading nine bits.</summary>
    public const float Ln2High = 0.693359375f;

    /// <summary>ln 2 less its leading part.</summary>
    public const float Ln2Low = -2.12194442e-4f;

    /// <summary>1.5 · 2²³: adding it rounds to a whole number.</summary>
    public const float Rounder = 12582912f;

    /// <summary>Coefficients of r² … r⁶ (those of 1 and r are 1).</summary>
    public const float C2 = 0.5f, C3 = 0.166665047f, C4 = 0.041666463f, C5 = 0.0083691841f, C6 = 0.00139336858f;

    /// <summary>Splits x into n and r.</summary>
    /// <param name="x">Any value whose n fits; NaN gives NaN.</param>
    /// <param name="shifted">n + <see cref="Rounder"/>: n in the low bits.</param>
    /// <returns>r</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Reduce<TLanes>(TLanes x, out TLanes shifted) where TLanes : unmanaged, ILanes<TLanes>
    {
        shifted = TLanes.MultiplyAdd(x, TLanes.Create(InverseLn2), TLanes.Create(Rounder));
        TLanes n = shifted - TLanes.Create(Rounder);
        TLanes r = TLanes.MultiplyAdd(n, TLanes.Create(-Ln2High), x);
        return TLanes.MultiplyAdd(n, TLanes.Create(-Ln2Low), r);
    }

    /// <summary>(e^r − 1) / r</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Quotient<TLanes>(TLanes r) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes q = TLanes.MultiplyAdd(TLanes.Create(C6), r, TLanes.Create(C5));
        q = TLanes.MultiplyAdd(q, r, TLanes.Create(C4));
        q = TLanes.MultiplyAdd(q, r, TLanes.Create(C3));
        q = TLanes.MultiplyAdd(q, r, TLanes.Create(C2));
        return TLanes.MultiplyAdd(q, r, TLanes.Create(1));
    }

    /// <summary>2ⁿ for |n| ≤ 126; not a number of any use for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Power<TLanes>(TLanes shifted) where TLanes : unmanaged, ILanes<TLanes> => TLanes.AddToExponent(TLanes.Create(1), shifted);
}
