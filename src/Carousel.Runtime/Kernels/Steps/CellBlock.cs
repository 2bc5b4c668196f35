using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>Sixteen units of one row during a post-product: pointers to their first values.</summary>
internal unsafe ref struct CellBlock
{
    /// <summary>W·x and its bias, one lane group per gate; everything when the cell joins its products.</summary>
    public float* Input;

    /// <summary>U·h₋ and its bias, one lane group per gate; not used when the cell joins its products.</summary>
    public float* Recurrent;

    /// <summary>c₋, then c.</summary>
    public float* Cell;

    /// <summary>h₋</summary>
    public float* Previous;

    /// <summary>h, written.</summary>
    public float* Output;

    /// <summary>Weights of the peepholes i f o, one lane group each.</summary>
    public float* Peepholes;

    /// <summary>See <see cref="CellPass.First"/>.</summary>
    public float First;

    /// <summary>See <see cref="CellPass.Second"/>.</summary>
    public float Second;

    /// <summary>Gate <paramref name="gate"/> of W·x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TLanes OfInput<TLanes>(int gate) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Load(Input + (gate * Panels.Lane));

    /// <summary>Gate <paramref name="gate"/> of U·h₋.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TLanes OfRecurrent<TLanes>(int gate) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Load(Recurrent + (gate * Panels.Lane));

    /// <summary>Gate <paramref name="gate"/> of W·x + U·h₋.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TLanes Sum<TLanes>(int gate) where TLanes : unmanaged, ILanes<TLanes> => OfInput<TLanes>(gate) + OfRecurrent<TLanes>(gate);
}
