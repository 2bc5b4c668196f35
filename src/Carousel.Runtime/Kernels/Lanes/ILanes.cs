using System.Runtime.Intrinsics;

namespace Carousel.Runtime.Kernels.Lanes;

/// <summary>
/// Sixteen float32 values worked on together: one 512-bit vector, two of 256 or four of 128. A kernel is written once over this interface and the
/// run-time compiler makes one body per binding.
/// </summary>
/// <remarks>
/// The number is the same for every instruction set because a reduction keeps sixteen partial sums (<see cref="KernelSet.ReductionLanes"/>) whatever the
/// vector width. Every operation is exact or correctly rounded, so all bindings with hardware fused multiply-add give the same bits. A partial load reads
/// nothing behind the last element asked for.
/// </remarks>
/// <typeparam name="TSelf">The binding.</typeparam>
internal unsafe interface ILanes<TSelf> : IStrip<TSelf> where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Number of values, for loop steps.</summary>
    const int Count = KernelSet.ReductionLanes;

    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Sixteen whole numbers, each rounded to float32.</summary>
    static abstract TSelf Convert(Vector256<int> low, Vector256<int> high);

    /// <summary>The first <paramref name="count"/> values from memory, zero in the other lanes; <paramref name="count"/> 1 … 16.</summary>
    static abstract TSelf Load(float* source, int count);

    /// <summary>The first <paramref name="count"/> lanes to memory, 1 … 16.</summary>
    void Store(float* destination, int count);

    /// <summary>a − b</summary>
    static abstract TSelf operator -(TSelf a, TSelf b);

    /// <summary>a · b</summary>
    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>a / b</summary>
    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a · b + c, rounded once where the machine can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The smaller of each pair; <paramref name="b"/> when either is NaN.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>The larger of each pair; <paramref name="b"/> when either is NaN.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The larger magnitude of each pair; NaN when either is NaN.</summary>
    static abstract TSelf MaxMagnitude(TSelf a, TSelf b);

    /// <summary>√a</summary>
    static abstract TSelf Sqrt(TSelf a);

    /// <summary>|a|</summary>
    static abstract TSelf Abs(TSelf a);

    /// <summary>The magnitude of one with the sign bit of the other.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>a &lt; b ? <paramref name="yes"/> : <paramref name="no"/>; a comparison with NaN is no.</summary>
    static abstract TSelf WhereLess(TSelf a, TSelf b, TSelf yes, TSelf no);

    /// <summary>The bits of <paramref name="value"/> plus the bits of <paramref name="shifted"/> moved left by 23: times 2ⁿ, n in the low bits of <paramref name="shifted"/>.</summary>
    static abstract TSelf AddToExponent(TSelf value, TSelf shifted);

    /// <summary>The lower halves of the lanes' bits as bfloat16 numbers.</summary>
    static abstract TSelf LowerHalves(TSelf words);

    /// <summary>The upper halves of the lanes' bits as bfloat16 numbers.</summary>
    static abstract TSelf UpperHalves(TSelf words);

    /// <summary>The largest magnitude of all lanes; NaN when one is NaN.</summary>
    static abstract float MaxMagnitude(TSelf a);

    /// <summary>Each lane rounded to the nearest whole number, ties to even, plus <paramref name="zero"/>: the low byte of it. The sum must fit into a byte, signed or not.</summary>
    void StoreBytes(byte* destination, int zero);

    /// <summary>The sum of all lanes by the fixed tree (j, j + 8), (j, j + 4), (j, j + 2), (j, j + 1).</summary>
    static abstract float Sum(TSelf a);
}
