using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>
/// What an emitted product works on. Its address is the only argument, so that the code hardly depends on how the system passes arguments.
/// </summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct BytePanelCall
{
    /// <summary>Byte of each field.</summary>
    public const int BeforeOffset = 0, COffset = 8, PanelsOffset = 16, StrideOffset = 24, BeforeStrideOffset = 32, EndOffset = 40, FirstOffset = 48, SecondOffset = FirstOffset + BytePanelFactors.Size;

    /// <summary>[panels, columns]; moves on from panel to panel.</summary>
    [FieldOffset(BeforeOffset)]
    public float* Before;

    /// <summary>[panels, columns], written; moves on from panel to panel.</summary>
    [FieldOffset(COffset)]
    public float* C;

    /// <summary>Panels still to do, 1 or more.</summary>
    [FieldOffset(PanelsOffset)]
    public long Panels;

    /// <summary>Bytes from one panel to the next.</summary>
    [FieldOffset(StrideOffset)]
    public nint Stride;

    /// <summary>Bytes from what one panel is added to to that of the next.</summary>
    [FieldOffset(BeforeStrideOffset)]
    public nint BeforeStride;

    /// <summary>Behind the last factors: of one product, or of two that are added.</summary>
    [FieldOffset(EndOffset)]
    public BytePanelFactors* End;

    /// <summary>What is multiplied.</summary>
    [FieldOffset(FirstOffset)]
    public BytePanelFactors First;

    /// <summary>What is multiplied in the second product.</summary>
    [FieldOffset(SecondOffset)]
    public BytePanelFactors Second;
}

/// <summary>A row and a panel.</summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct BytePanelFactors
{
    /// <summary>Bytes of this struct, and the byte of each field.</summary>
    public const int Size = 24, PanelOffset = 0, TileOffset = 8, WordsOffset = 16;

    /// <summary>Scales [columns], corrections [columns] of int8 weights, then the weights [words, columns, 4]; moves on from panel to panel.</summary>
    [FieldOffset(PanelOffset)]
    public float* Panel;

    /// <summary>Scale of the row, where sums start of int4 weights, then from the next cache line its bytes.</summary>
    [FieldOffset(TileOffset)]
    public float* Tile;

    /// <summary>Words of weights of a column, at least 1.</summary>
    [FieldOffset(WordsOffset)]
    public long Words;
}
