using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>
/// What an emitted product works on. Its address is the only argument, so that the code hardly depends on how the system passes arguments.
/// </summary>
/// <remarks>
/// Each field is to be written by itself: a processor hands a value from a store to a load that follows when one store holds all of it, and otherwise waits until everything
/// before has ended, which would cost a time step more than its arithmetic.
/// </remarks>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct BytePanelCall
{
    /// <summary>Byte of each field.</summary>
    public const int PanelOffset = 0, StrideOffset = 8, TileOffset = 16, WordsOffset = 24, BeforeOffset = 32, BeforeStrideOffset = 40, COffset = 48;

    /// <summary>The first panel: scales [columns], corrections [columns] of int8 weights, then the weights [words, columns, 4].</summary>
    [FieldOffset(PanelOffset)]
    public float* Panel;

    /// <summary>Bytes from one panel to the next.</summary>
    [FieldOffset(StrideOffset)]
    public nint Stride;

    /// <summary>Scale of the row, where sums start of int4 weights, then from the next cache line its bytes.</summary>
    [FieldOffset(TileOffset)]
    public float* Tile;

    /// <summary>Words of weights of a column, at least 1.</summary>
    [FieldOffset(WordsOffset)]
    public long Words;

    /// <summary>[panels, columns], may be <see cref="C"/>.</summary>
    [FieldOffset(BeforeOffset)]
    public float* Before;

    /// <summary>Bytes from what one panel is added to to that of the next.</summary>
    [FieldOffset(BeforeStrideOffset)]
    public nint BeforeStride;

    /// <summary>[panels, columns], written.</summary>
    [FieldOffset(COffset)]
    public float* C;
}
