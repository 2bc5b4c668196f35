using System.Runtime.InteropServices;

namespace Carousel.Jit;

/// <summary>What the rounding of an operand works on; strides are in bytes.</summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct PairPackingCall
{
    /// <summary>Byte of each field.</summary>
    public const int SourceOffset = 0, TargetOffset = 8, SourceStrideOffset = 16, TargetStrideOffset = 24, CountOffset = 32, TilesOffset = 40, TileStrideOffset = 48,
        SourceStepOffset = 56, FirstOffset = 64, SecondOffset = 68, StoreOffset = 72;

    /// <summary>Float32 numbers.</summary>
    [FieldOffset(SourceOffset)]
    public float* Source;

    /// <summary>Pairs.</summary>
    [FieldOffset(TargetOffset)]
    public byte* Target;

    /// <summary>From one row of the source to the next.</summary>
    [FieldOffset(SourceStrideOffset)]
    public long SourceStride;

    /// <summary>From one row, or one pair, of the target to the next.</summary>
    [FieldOffset(TargetStrideOffset)]
    public long TargetStride;

    /// <summary>Number of rows, or of pairs, 1 or more.</summary>
    [FieldOffset(CountOffset)]
    public long Count;

    /// <summary>Whole lines of 16 pairs in a row, 0 or more; or the number of tiles, 1 or more.</summary>
    [FieldOffset(TilesOffset)]
    public long Tiles;

    /// <summary>From one tile of the target to the next.</summary>
    [FieldOffset(TileStrideOffset)]
    public long TileStride;

    /// <summary>From the start of one tile in the source to that of the next.</summary>
    [FieldOffset(SourceStepOffset)]
    public long SourceStep;

    /// <summary>A bit for each number to read of the first row of a pair, or of the last line of a row.</summary>
    [FieldOffset(FirstOffset)]
    public uint First;

    /// <summary>A bit for each number to read of the second row of a pair.</summary>
    [FieldOffset(SecondOffset)]
    public uint Second;

    /// <summary>A bit for each pair to write.</summary>
    [FieldOffset(StoreOffset)]
    public uint Store;
}
