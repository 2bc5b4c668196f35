using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>
/// What one tile of a bfloat16 product works on. A pair is two neighbours along k, (even, odd), as one word; strides are in bytes.
/// </summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct PairTileCall
{
    /// <summary>Byte of each field.</summary>
    public const int AOffset = 0, BOffset = 8, COffset = 16, RowStrideOffset = 24, PairStrideOffset = 32, CStrideOffset = 40, PairsOffset = 48, AccumulateOffset = 56, ColumnsOffset = 64;

    /// <summary>Pairs of A [rows, pairs].</summary>
    [FieldOffset(AOffset)]
    public byte* A;

    /// <summary>Pairs of one strip of B [pairs, <see cref="EmittedPairProduct.Width"/>], no gaps.</summary>
    [FieldOffset(BOffset)]
    public byte* B;

    /// <summary>[rows, columns] of float32.</summary>
    [FieldOffset(COffset)]
    public float* C;

    /// <summary>From one row of A to the next.</summary>
    [FieldOffset(RowStrideOffset)]
    public long RowStride;

    /// <summary>From one pair of A to the next.</summary>
    [FieldOffset(PairStrideOffset)]
    public long PairStride;

    /// <summary>From one row of C to the next.</summary>
    [FieldOffset(CStrideOffset)]
    public long CStride;

    /// <summary>Number of pairs, 1 or more.</summary>
    [FieldOffset(PairsOffset)]
    public long Pairs;

    /// <summary>1 to add to what C holds, 0 to overwrite it.</summary>
    [FieldOffset(AccumulateOffset)]
    public long Accumulate;

    /// <summary>A bit for each column of the last register that C has; looked at by the kernels for narrow strips.</summary>
    [FieldOffset(ColumnsOffset)]
    public long Columns;
}
