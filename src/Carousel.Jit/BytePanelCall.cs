using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>
/// What an emitted product works on. Its address is the only argument, so that the code hardly depends on how the system passes arguments.
/// </summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct BytePanelCall
{
    /// <summary>Byte of each field.</summary>
    public const int PanelOffset = 0, TileOffset = 8, COffset = 16, QuadsOffset = 24, AccumulateOffset = 32;

    /// <summary>Scales [columns], corrections [columns], then the weights [quads, columns, 4].</summary>
    [FieldOffset(PanelOffset)]
    public float* Panel;

    /// <summary>Scale of the row, then from the next cache line its bytes.</summary>
    [FieldOffset(TileOffset)]
    public float* Tile;

    /// <summary>[columns]</summary>
    [FieldOffset(COffset)]
    public float* C;

    /// <summary>Depth in fours, rounded up, at least 1.</summary>
    [FieldOffset(QuadsOffset)]
    public long Quads;

    /// <summary>1 to add to what C holds, 0 to overwrite it.</summary>
    [FieldOffset(AccumulateOffset)]
    public long Accumulate;
}
