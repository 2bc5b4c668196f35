using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Carousel.Runtime.Kernels.Lanes;

/// <summary>Two lane groups side by side, or two pairs of them, so that one broadcast of the left operand feeds several multiply-adds.</summary>
/// <typeparam name="TLanes">The columns of each half.</typeparam>
internal unsafe struct Twice<TLanes>(TLanes left, TLanes right) : IStrip<Twice<TLanes>> where TLanes : unmanaged, IStrip<TLanes>
{
    [SuppressMessage("Style", "IDE0044:Make field readonly", Justification = "AddProduct changes it through a method of its type; readonly would make that method work on a copy")]
    private TLanes _left = left, _right = right;

    public static int Width => 2 * TLanes.Width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<TLanes> Broadcast(float* source)
    {
        TLanes both = TLanes.Broadcast(source);
        return new(both, both);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<TLanes> Load(float* source) => new(TLanes.Load(source), TLanes.Load(source + TLanes.Width));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float* destination)
    {
        _left.Store(destination);
        _right.Store(destination + TLanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<TLanes> operator +(Twice<TLanes> a, Twice<TLanes> b) => new(a._left + b._left, a._right + b._right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Twice<TLanes> a, Twice<TLanes> b)
    {
        _left.AddProduct(a._left, b._left);
        _right.AddProduct(a._right, b._right);
    }
}
