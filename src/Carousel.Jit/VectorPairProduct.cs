using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>Products in bfloat16 by <c>vdpbf16ps</c>: code of <see cref="PairTileEmitter"/>.</summary>
internal sealed unsafe class VectorPairProduct : EmittedPairProduct
{
    /// <summary>The name under which it is reported.</summary>
    public const string ProductName = "avx512-bf16";

    private const int TallestTile = PairTileEmitter.TallestTile, StripParts = 3, PairBytes = sizeof(int);

    private readonly delegate* unmanaged[SuppressGCTransition]<PairTileCall*, void>[] _tiles = new delegate* unmanaged[SuppressGCTransition]<PairTileCall*, void>[TallestTile * StripParts];
    private readonly delegate* unmanaged<long, void> _peak;

    /// <summary>Emits the kernels.</summary>
    /// <param name="dump">As for all emitted products.</param>
    public VectorPairProduct(string? dump)
        : base([.. Enumerable.Range(0, TallestTile * StripParts).Select(at => Tile(1 + (at / StripParts), (StripPart)(at % StripParts))), ("pair-peak", PairTileEmitter.EmitPeak())], dump)
    {
        for (int at = 0; at < _tiles.Length; at++)
        {
            _tiles[at] = (delegate* unmanaged[SuppressGCTransition]<PairTileCall*, void>)Entry(at);
        }

        _peak = (delegate* unmanaged<long, void>)Entry(_tiles.Length);
    }

    /// <inheritdoc/>
    public override string Name => ProductName;

    /// <inheritdoc/>
    /// <remarks>8 · 14 rows of at most 1792 bytes = 196 KiB, a part of the second-level cache.</remarks>
    public override int BlockRows => 8 * TallestTile;

    /// <inheritdoc/>
    public override int PairUnit => 1;

    /// <inheritdoc/>
    /// <remarks>Two tiles.</remarks>
    public override int StackWidth => 2 * TallestTile;

    /// <inheritdoc/>
    public override long RunPeak(int rounds)
    {
        _peak(rounds);
        GC.KeepAlive(this);
        return rounds * PairTileEmitter.OperationsOfPeak;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Multiply(in PairBlock block, PairScratch scratch)
    {
        if (block.A.IsStacked)
        {
            MultiplyStacked(block);
            return;
        }

        Operand a = block.A.Values;
        int pairs = Pairs(block.Depth), rowBytes = PairScratch.RowBytes(block.Depth);
        byte* left = scratch.Left.AtLeast((long)block.Rows * rowBytes);

        // As few tiles as possible, the first ones a row taller than the last.
        int tiles = (block.Rows + TallestTile - 1) / TallestTile, low = block.Rows / tiles, taller = block.Rows % tiles;
        bool areRows = a.IsDepthContiguous;
        if (areRows)
        {
            PackRows(a.At(block.Row, block.K), a.Stride, block.Rows, block.Depth, left, rowBytes);
        }
        else
        {
            PackColumns(block, 0, taller, low + 1, left);
            PackColumns(block, taller * (low + 1), tiles - taller, low, left + ((nint)taller * (low + 1) * pairs * PairBytes));
        }

        PairTileCall call = Call(block);
        for (int column = 0; column < block.Columns; column += Width, call.B += block.StripStride)
        {
            for (int tile = 0, row = 0; tile < tiles; tile++)
            {
                int height = tile < taller ? low + 1 : low;
                (call.RowStride, call.PairStride) = areRows ? (rowBytes, PairBytes) : (PairBytes, height * PairBytes);
                call.A = left + ((nint)row * (areRows ? rowBytes : pairs * PairBytes));
                call.C = (float*)block.C + (row * block.CStride) + column;
                Multiply(height, block.Columns - column, &call);
                row += height;
            }
        }

        GC.KeepAlive(this);
    }

    private static (string Name, byte[] Code) Tile(int rows, StripPart strip) => (PairTileEmitter.Name(rows, strip), PairTileEmitter.Emit(rows, strip));

    private PairTileCall Call(in PairBlock block) =>
        new() { B = (byte*)block.Strips, Pairs = Pairs(block.Depth), Accumulate = block.Accumulate ? 1 : 0, CStride = block.CStride * sizeof(float) };

    // The pairs are read where they are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyStacked(in PairBlock block)
    {
        int width = block.A.StripWidth, tiles = (block.Rows + TallestTile - 1) / TallestTile, low = block.Rows / tiles, taller = block.Rows % tiles;
        PairTileCall call = Call(block);
        (call.RowStride, call.PairStride) = (width == 1 ? block.A.Stride : PairBytes, width * PairBytes);
        for (int column = 0; column < block.Columns; column += Width, call.B += block.StripStride)
        {
            for (int tile = 0, row = 0; tile < tiles; tile++)
            {
                int height = width == StackWidth ? Math.Min(TallestTile, block.Rows - row) : tile < taller ? low + 1 : low;
                call.A = block.A.At(block.Row + row, block.K);
                call.C = (float*)block.C + (row * block.CStride) + column;
                Multiply(height, block.Columns - column, &call);
                row += height;
            }
        }

        GC.KeepAlive(this);
    }

    private void PackColumns(in PairBlock block, int row, int tiles, int height, byte* target)
    {
        if (tiles > 0)
        {
            PackTiles(block.A.Values.At(block.Row + row, block.K), block.A.Values.Stride, block.Depth, tiles, height, target, height, (nint)height * PairBytes * Pairs(block.Depth));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Multiply(int rows, int columns, PairTileCall* call)
    {
        const int Half = Width / 2;
        StripPart part = columns >= Width ? StripPart.Whole : columns > Half ? StripPart.MoreThanHalf : StripPart.HalfOrLess;
        call->Columns = (1L << (part == StripPart.MoreThanHalf ? columns - Half : columns)) - 1;
        _tiles[((rows - 1) * StripParts) + (int)part](call);
    }
}
