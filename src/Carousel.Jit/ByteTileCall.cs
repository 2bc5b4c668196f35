using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>
/// What an emitted product of several rows works on. Its address is the only argument, so that the code hardly depends on how the system passes arguments.
/// </summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct ByteTileCall
{
    /// <summary>Byte of each field.</summary>
    public const int PanelOffset = 0, RowsOffset = 8, RowStrideOffset = 16, BeforeOffset = 24, BeforeStrideOffset = 32, COffset = 40, CStrideOffset = 48, QuadsOffset = 56;

    /// <summary>Scales [columns], corrections [columns], then the weights [quads, columns, 4].</summary>
    [FieldOffset(PanelOffset)]
    public float* Panel;

    /// <summary>The first rounded row: its scale, then from the next cache line its bytes.</summary>
    [FieldOffset(RowsOffset)]
    public float* Rows;

    /// <summary>Bytes from one row to the next.</summary>
    [FieldOffset(RowStrideOffset)]
    public long RowStride;

    /// <summary>What the product is added to [rows, columns]; may be C.</summary>
    [FieldOffset(BeforeOffset)]
    public float* Before;

    /// <summary>Bytes from one row of that to the next, 0 for the same row again.</summary>
    [FieldOffset(BeforeStrideOffset)]
    public long BeforeStride;

    /// <summary>[rows, columns], written.</summary>
    [FieldOffset(COffset)]
    public float* C;

    /// <summary>Bytes from one row of C to the next.</summary>
    [FieldOffset(CStrideOffset)]
    public long CStride;

    /// <summary>Depth in fours, rounded up, at least 1.</summary>
    [FieldOffset(QuadsOffset)]
    public long Quads;
}
