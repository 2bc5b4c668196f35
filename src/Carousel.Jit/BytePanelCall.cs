using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>
/// What an emitted product works on. Its address is the only argument, so that the code hardly depends on how the system passes arguments.
/// </summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct BytePanelCall
{
    /// <summary>Byte of each field.</summary>
    public const int BeforeOffset = 0, COffset = 8, ProductsOffset = 16, FirstOffset = 24, SecondOffset = FirstOffset + BytePanelFactors.Size;

    /// <summary>[columns]</summary>
    [FieldOffset(BeforeOffset)]
    public float* Before;

    /// <summary>[columns], written.</summary>
    [FieldOffset(COffset)]
    public float* C;

    /// <summary>1, or 2 for the sum of two products.</summary>
    [FieldOffset(ProductsOffset)]
    public long Products;

    /// <summary>What is multiplied.</summary>
    [FieldOffset(FirstOffset)]
    public BytePanelFactors First;

    /// <summary>What is multiplied by each other in a second product.</summary>
    [FieldOffset(SecondOffset)]
    public BytePanelFactors Second;
}

/// <summary>A row and a panel.</summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct BytePanelFactors
{
    /// <summary>Bytes of this struct, and the byte of each field.</summary>
    public const int Size = 24, PanelOffset = 0, TileOffset = 8, QuadsOffset = 16;

    /// <summary>Scales [columns], corrections [columns], then the weights [quads, columns, 4].</summary>
    [FieldOffset(PanelOffset)]
    public float* Panel;

    /// <summary>Scale of the row, then from the next cache line its bytes.</summary>
    [FieldOffset(TileOffset)]
    public float* Tile;

    /// <summary>Depth in fours, rounded up, at least 1.</summary>
    [FieldOffset(QuadsOffset)]
    public long Quads;
}
