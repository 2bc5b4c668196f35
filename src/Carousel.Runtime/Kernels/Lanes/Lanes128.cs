using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Carousel.Runtime.Kernels.Lanes;

/// <summary>Sixteen values in four 128-bit registers: the width that every machine with vectors has (SSE, NEON, WebAssembly), without naming one.</summary>
internal unsafe struct Lanes128 : ILanes<Lanes128>
{
    private const int Quarter = 4;

    private Vector128<float> _first, _second, _third, _fourth;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes128(Vector128<float> first, Vector128<float> second, Vector128<float> third, Vector128<float> fourth)
    {
        _first = first;
        _second = second;
        _third = third;
        _fourth = fourth;
    }

    public static bool IsSupported => Vector128.IsHardwareAccelerated;

    /// <summary>True when a multiply-add rounds once. Without it products and sums round separately, which is within the stated tolerances but not bit-equal.</summary>
    public static bool IsFused => Fma.IsSupported || AdvSimd.IsSupported;

    public static int Width => ILanes<Lanes128>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Create(float value)
    {
        Vector128<float> four = Vector128.Create(value);
        return new(four, four, four, four);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float* source) => Create(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Convert(Vector256<int> low, Vector256<int> high) => new(
        Vector128.ConvertToSingle(low.GetLower()), Vector128.ConvertToSingle(low.GetUpper()), Vector128.ConvertToSingle(high.GetLower()), Vector128.ConvertToSingle(high.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) => new(
        Vector128.Load(source), Vector128.Load(source + Quarter), Vector128.Load(source + (2 * Quarter)), Vector128.Load(source + (3 * Quarter)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source, int count) => count == ILanes<Lanes128>.Count ? Load(source) : LoadPartial(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination)
    {
        _first.Store(destination);
        _second.Store(destination + Quarter);
        _third.Store(destination + (2 * Quarter));
        _fourth.Store(destination + (3 * Quarter));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination, int count)
    {
        if (count == ILanes<Lanes128>.Count)
        {
            Store(destination);
        }
        else
        {
            StorePartial(this, destination, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 a, Lanes128 b) => new(a._first + b._first, a._second + b._second, a._third + b._third, a._fourth + b._fourth);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 a, Lanes128 b) => new(a._first - b._first, a._second - b._second, a._third - b._third, a._fourth - b._fourth);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 a, Lanes128 b) => new(a._first * b._first, a._second * b._second, a._third * b._third, a._fourth * b._fourth);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 a, Lanes128 b) => new(a._first / b._first, a._second / b._second, a._third / b._third, a._fourth / b._fourth);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Lanes128 a, Lanes128 b)
    {
        _first = MultiplyAdd(a._first, b._first, _first);
        _second = MultiplyAdd(a._second, b._second, _second);
        _third = MultiplyAdd(a._third, b._third, _third);
        _fourth = MultiplyAdd(a._fourth, b._fourth, _fourth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) => new(
        MultiplyAdd(a._first, b._first, c._first), MultiplyAdd(a._second, b._second, c._second),
        MultiplyAdd(a._third, b._third, c._third), MultiplyAdd(a._fourth, b._fourth, c._fourth));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Min(Lanes128 a, Lanes128 b) => WhereLess(a, b, a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Max(Lanes128 a, Lanes128 b) => WhereLess(b, a, a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MaxMagnitude(Lanes128 a, Lanes128 b) => new(
        Larger(Magnitude(a._first), Magnitude(b._first)), Larger(Magnitude(a._second), Magnitude(b._second)),
        Larger(Magnitude(a._third), Magnitude(b._third)), Larger(Magnitude(a._fourth), Magnitude(b._fourth)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Sqrt(Lanes128 a) => new(
        Vector128.Sqrt(a._first), Vector128.Sqrt(a._second), Vector128.Sqrt(a._third), Vector128.Sqrt(a._fourth));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Abs(Lanes128 a) => new(
        Vector128.Abs(a._first), Vector128.Abs(a._second), Vector128.Abs(a._third), Vector128.Abs(a._fourth));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 CopySign(Lanes128 magnitude, Lanes128 sign) => new(
        Vector128.CopySign(magnitude._first, sign._first), Vector128.CopySign(magnitude._second, sign._second),
        Vector128.CopySign(magnitude._third, sign._third), Vector128.CopySign(magnitude._fourth, sign._fourth));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 WhereLess(Lanes128 a, Lanes128 b, Lanes128 yes, Lanes128 no) => new(
        Vector128.ConditionalSelect(Vector128.LessThan(a._first, b._first), yes._first, no._first),
        Vector128.ConditionalSelect(Vector128.LessThan(a._second, b._second), yes._second, no._second),
        Vector128.ConditionalSelect(Vector128.LessThan(a._third, b._third), yes._third, no._third),
        Vector128.ConditionalSelect(Vector128.LessThan(a._fourth, b._fourth), yes._fourth, no._fourth));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddToExponent(Lanes128 value, Lanes128 shifted) => new(
        AddToExponent(value._first, shifted._first), AddToExponent(value._second, shifted._second),
        AddToExponent(value._third, shifted._third), AddToExponent(value._fourth, shifted._fourth));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LowerHalves(Lanes128 words) =>
        new(LowerHalves(words._first), LowerHalves(words._second), LowerHalves(words._third), LowerHalves(words._fourth));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 UpperHalves(Lanes128 words) =>
        new(UpperHalves(words._first), UpperHalves(words._second), UpperHalves(words._third), UpperHalves(words._fourth));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxMagnitude(Lanes128 a) => MaxOfFour(
        Vector128.Max(Vector128.Max(Magnitude(a._first), Magnitude(a._second)), Vector128.Max(Magnitude(a._third), Magnitude(a._fourth))));

    /// <summary>The largest of four bit patterns of numbers without sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxOfFour(Vector128<int> bits)
    {
        Vector128<int> two = Vector128.Max(bits, Vector128.Shuffle(bits, Vector128.Create(2, 3, 0, 1)));
        return BitConverter.Int32BitsToSingle(Vector128.Max(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreBytes(byte* destination, int zero)
    {
        Vector128<int> zeros = Vector128.Create(zero);
        Vector128<short> low = Vector128.Narrow(Round(_first) + zeros, Round(_second) + zeros), high = Vector128.Narrow(Round(_third) + zeros, Round(_fourth) + zeros);
        Vector128.Narrow(low.AsUInt16(), high.AsUInt16()).Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes128 a) => SumFour(a._first + a._third + (a._second + a._fourth));

    /// <summary>The last two levels of the tree: (0 + 2) + (1 + 3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumFour(Vector128<float> four) => four[0] + four[2] + (four[1] + four[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        IsFused ? Vector128.FusedMultiplyAdd(a, b, c) : (a * b) + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Magnitude(Vector128<float> a) => Vector128.Abs(a).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Larger(Vector128<int> a, Vector128<int> b) => Vector128.Max(a, b).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Round(Vector128<float> a) => Vector128.ConvertToInt32(Vector128.Round(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> AddToExponent(Vector128<float> value, Vector128<float> shifted) =>
        (value.AsInt32() + Vector128.ShiftLeft(shifted.AsInt32(), 23)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> LowerHalves(Vector128<float> words) => Vector128.ShiftLeft(words.AsInt32(), 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> UpperHalves(Vector128<float> words) => (words.AsUInt32() & Vector128.Create(0xFFFF_0000u)).AsSingle();

    // No instruction of this width loads a part of a register everywhere, so the part goes through memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Lanes128 LoadPartial(float* source, int count)
    {
        Lanes128 lanes = default;
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(&lanes, ILanes<Lanes128>.Count));
        return lanes;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePartial(Lanes128 lanes, float* destination, int count) =>
        new ReadOnlySpan<float>(&lanes, count).CopyTo(new Span<float>(destination, count));
}
