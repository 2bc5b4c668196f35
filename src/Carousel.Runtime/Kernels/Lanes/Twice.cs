using System.Runtime.CompilerServices;

namespace Carousel.Runtime.Kernels.Lanes;

/// <summary>Thirty-two columns: two lane groups side by side, so that one broadcast of the left operand feeds two multiply-adds.</summary>
/// <typeparam name="TLanes">The lanes of each half.</typeparam>
internal readonly unsafe struct Twice<TLanes>(TLanes left, TLanes right) : IStrip<Twice<TLanes>> where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly TLanes _left = left, _right = right;

    public static int Width => 2 * TLanes.Width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<TLanes> Create(float value)
    {
        TLanes both = TLanes.Create(value);
        return new(both, both);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<TLanes> Load(float* source) => new(TLanes.Load(source), TLanes.Load(source + TLanes.Width));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination)
    {
        _left.Store(destination);
        _right.Store(destination + TLanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<TLanes> operator +(Twice<TLanes> a, Twice<TLanes> b) => new(a._left + b._left, a._right + b._right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<TLanes> MultiplyAdd(Twice<TLanes> a, Twice<TLanes> b, Twice<TLanes> c) =>
        new(TLanes.MultiplyAdd(a._left, b._left, c._left), TLanes.MultiplyAdd(a._right, b._right, c._right));
}
