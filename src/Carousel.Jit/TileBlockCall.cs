using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>What AMX tiles work on: a block of rows of A times one strip of B over one slab.</summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct TileBlockCall
{
    /// <summary>Byte of each field.</summary>
    public const int AOffset = 0, BOffset = 8, SumsOffset = 16, RowStrideOffset = 24, StepsOffset = 32, RowTilesOffset = 40;

    /// <summary>Pairs of A [16 · row tiles, 16 · steps].</summary>
    [FieldOffset(AOffset)]
    public byte* A;

    /// <summary>Pairs of one strip of B [16 · steps, <see cref="EmittedPairProduct.Width"/>], no gaps.</summary>
    [FieldOffset(BOffset)]
    public byte* B;

    /// <summary>[16 · row tiles, <see cref="EmittedPairProduct.Width"/>] of float32, added to: A·B.</summary>
    [FieldOffset(SumsOffset)]
    public float* Sums;

    /// <summary>Bytes from one row of A to the next.</summary>
    [FieldOffset(RowStrideOffset)]
    public long RowStride;

    /// <summary>Tiles along k, 1 or more.</summary>
    [FieldOffset(StepsOffset)]
    public long Steps;

    /// <summary>Tiles of 16 rows, 1 or more.</summary>
    [FieldOffset(RowTilesOffset)]
    public long RowTiles;
}
