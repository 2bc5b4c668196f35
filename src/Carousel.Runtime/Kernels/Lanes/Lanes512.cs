using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Carousel.Runtime.Kernels.Lanes;

/// <summary>Sixteen values in one 512-bit register (AVX-512 F).</summary>
internal unsafe struct Lanes512(Vector512<float> all) : ILanes<Lanes512>
{
    private Vector512<float> _all = all;

    public static bool IsSupported => Avx512F.IsSupported;

    public static int Width => ILanes<Lanes512>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float* source) => new(Vector512.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Convert(Vector256<int> low, Vector256<int> high) => new(Vector512.ConvertToSingle(Vector512.Create(low, high)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source, int count) =>
        new(count == ILanes<Lanes512>.Count ? Vector512.Load(source) : Avx512F.MaskLoad(source, First(count), Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination) => _all.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination, int count)
    {
        if (count == ILanes<Lanes512>.Count)
        {
            _all.Store(destination);
        }
        else
        {
            Avx512F.MaskStore(destination, First(count), _all);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a._all + b._all);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a._all - b._all);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a._all * b._all);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a._all / b._all);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Lanes512 a, Lanes512 b) => _all = Avx512F.FusedMultiplyAdd(a._all, b._all, _all);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) => new(Avx512F.FusedMultiplyAdd(a._all, b._all, c._all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Min(Lanes512 a, Lanes512 b) => new(Avx512F.Min(a._all, b._all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Avx512F.Max(a._all, b._all));

    // Without their sign numbers are ordered as their bits are, with NaN above infinity.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MaxMagnitude(Lanes512 a, Lanes512 b) => new(Vector512.Max(Vector512.Abs(a._all).AsInt32(), Vector512.Abs(b._all).AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Sqrt(Lanes512 a) => new(Avx512F.Sqrt(a._all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Abs(Lanes512 a) => new(Vector512.Abs(a._all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 CopySign(Lanes512 magnitude, Lanes512 sign) => new(Vector512.CopySign(magnitude._all, sign._all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 WhereLess(Lanes512 a, Lanes512 b, Lanes512 yes, Lanes512 no) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a._all, b._all), yes._all, no._all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddToExponent(Lanes512 value, Lanes512 shifted) =>
        new((value._all.AsInt32() + Vector512.ShiftLeft(shifted._all.AsInt32(), 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LowerHalves(Lanes512 words) => new(Vector512.ShiftLeft(words._all.AsInt32(), 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 UpperHalves(Lanes512 words) => new((words._all.AsUInt32() & Vector512.Create(0xFFFF_0000u)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxMagnitude(Lanes512 a)
    {
        Vector512<int> bits = Vector512.Abs(a._all).AsInt32();
        Vector256<int> eight = Vector256.Max(bits.GetLower(), bits.GetUpper());
        return Lanes128.MaxOfFour(Vector128.Max(eight.GetLower(), eight.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreBytes(byte* destination, int zero) =>
        Avx512F.ConvertToVector128Byte(Avx512F.ConvertToVector512Int32(_all) + Vector512.Create(zero)).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes512 a)
    {
        Vector256<float> eight = a._all.GetLower() + a._all.GetUpper();
        return Lanes128.SumFour(eight.GetLower() + eight.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
