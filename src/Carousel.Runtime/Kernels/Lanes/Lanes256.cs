using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Carousel.Runtime.Kernels.Lanes;

/// <summary>Sixteen values in two 256-bit registers (AVX2 with FMA3).</summary>
internal unsafe struct Lanes256(Vector256<float> low, Vector256<float> high) : ILanes<Lanes256>
{
    private const int Half = 8;

    private Vector256<float> _low = low, _high = high;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Width => ILanes<Lanes256>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Create(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float* source)
    {
        Vector256<float> eight = Avx.BroadcastScalarToVector256(source);
        return new(eight, eight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Convert(Vector256<int> low, Vector256<int> high) => new(Avx.ConvertToVector256Single(low), Avx.ConvertToVector256Single(high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + Half));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source, int count) => count == ILanes<Lanes256>.Count
        ? Load(source)
        : new(Avx.MaskLoad(source, First(count)), Avx.MaskLoad(source + Half, First(count - Half)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination)
    {
        _low.Store(destination);
        _high.Store(destination + Half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination, int count)
    {
        if (count == ILanes<Lanes256>.Count)
        {
            Store(destination);
        }
        else
        {
            Avx.MaskStore(destination, First(count), _low);
            Avx.MaskStore(destination + Half, First(count - Half), _high);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a._low - b._low, a._high - b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a._low * b._low, a._high * b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a._low / b._low, a._high / b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Lanes256 a, Lanes256 b)
    {
        _low = Fma.MultiplyAdd(a._low, b._low, _low);
        _high = Fma.MultiplyAdd(a._high, b._high, _high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(Fma.MultiplyAdd(a._low, b._low, c._low), Fma.MultiplyAdd(a._high, b._high, c._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Avx.Min(a._low, b._low), Avx.Min(a._high, b._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Avx.Max(a._low, b._low), Avx.Max(a._high, b._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MaxMagnitude(Lanes256 a, Lanes256 b) => new(
        Vector256.Max(Vector256.Abs(a._low).AsInt32(), Vector256.Abs(b._low).AsInt32()).AsSingle(),
        Vector256.Max(Vector256.Abs(a._high).AsInt32(), Vector256.Abs(b._high).AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 a) => new(Avx.Sqrt(a._low), Avx.Sqrt(a._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Abs(Lanes256 a) => new(Vector256.Abs(a._low), Vector256.Abs(a._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 CopySign(Lanes256 magnitude, Lanes256 sign) =>
        new(Vector256.CopySign(magnitude._low, sign._low), Vector256.CopySign(magnitude._high, sign._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 WhereLess(Lanes256 a, Lanes256 b, Lanes256 yes, Lanes256 no) => new(
        Vector256.ConditionalSelect(Vector256.LessThan(a._low, b._low), yes._low, no._low),
        Vector256.ConditionalSelect(Vector256.LessThan(a._high, b._high), yes._high, no._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddToExponent(Lanes256 value, Lanes256 shifted) => new(
        (value._low.AsInt32() + Vector256.ShiftLeft(shifted._low.AsInt32(), 23)).AsSingle(),
        (value._high.AsInt32() + Vector256.ShiftLeft(shifted._high.AsInt32(), 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LowerHalves(Lanes256 words) =>
        new(Vector256.ShiftLeft(words._low.AsInt32(), 16).AsSingle(), Vector256.ShiftLeft(words._high.AsInt32(), 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 UpperHalves(Lanes256 words)
    {
        Vector256<uint> upper = Vector256.Create(0xFFFF_0000u);
        return new((words._low.AsUInt32() & upper).AsSingle(), (words._high.AsUInt32() & upper).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxMagnitude(Lanes256 a)
    {
        Vector256<int> eight = Vector256.Max(Vector256.Abs(a._low).AsInt32(), Vector256.Abs(a._high).AsInt32());
        return Lanes128.MaxOfFour(Vector128.Max(eight.GetLower(), eight.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreBytes(byte* destination, int zero)
    {
        Vector256<int> zeros = Vector256.Create(zero);
        Vector256<short> words = Vector256.Narrow(Avx.ConvertToVector256Int32(_low) + zeros, Avx.ConvertToVector256Int32(_high) + zeros);
        Vector128.Narrow(words.GetLower().AsUInt16(), words.GetUpper().AsUInt16()).Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 a)
    {
        Vector256<float> eight = a._low + a._high;
        return Lanes128.SumFour(eight.GetLower() + eight.GetUpper());
    }

    // All lanes when count is 8 or more, none when it is 0 or less.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> First(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
}
