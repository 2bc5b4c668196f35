using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>Products in bfloat16 by AMX tiles: code of <see cref="TileEmitter"/>.</summary>
internal unsafe class TilePairProduct : EmittedPairProduct
{
    /// <summary>The name under which it is reported.</summary>
    public const string ProductName = "amx-bf16";

    private const int Side = TileEmitter.Side;

    private readonly delegate* unmanaged[SuppressGCTransition]<TileBlockCall*, void> _block;
    private readonly delegate* unmanaged<long, void> _peak;

    /// <summary>Emits the kernels.</summary>
    /// <param name="dump">As for all emitted products.</param>
    public TilePairProduct(string? dump)
        : base([(TileEmitter.BlockName, TileEmitter.EmitBlock()), (TileEmitter.PeakName, TileEmitter.EmitPeak())], dump)
    {
        _block = (delegate* unmanaged[SuppressGCTransition]<TileBlockCall*, void>)Entry(0);
        _peak = (delegate* unmanaged<long, void>)Entry(1);
    }

    /// <inheritdoc/>
    public override string Name => ProductName;

    /// <inheritdoc/>
    /// <remarks>128 rows of at most 1792 bytes = 224 KiB, a part of the second-level cache.</remarks>
    public override int BlockRows => 8 * Side;

    /// <inheritdoc/>
    public override int PairUnit => Side;

    /// <inheritdoc/>
    public override int StackWidth => Width;

    /// <inheritdoc/>
    public override long RunPeak(int rounds)
    {
        _peak(rounds);
        GC.KeepAlive(this);
        return rounds * TileEmitter.OperationsOfPeak;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Multiply(in PairBlock block, PairScratch scratch)
    {
        int tiles = (block.Rows + Side - 1) / Side, rowBytes = PairScratch.RowBytes(block.Depth);
        byte* left = scratch.Left.AtLeast((long)tiles * Side * rowBytes);
        float* sums = (float*)scratch.Sums.AtLeast(tiles * Side * Width * sizeof(float));
        Operand a = block.A.Values;
        if (block.A is { IsStacked: true, StripWidth: 1 })
        {
            CopyRows(block, left, rowBytes);
        }
        else if (!block.A.IsStacked && a.IsDepthContiguous)
        {
            PackRows(a.At(block.Row, block.K), a.Stride, block.Rows, block.Depth, left, rowBytes);
        }
        else
        {
            PackColumns(block, left, rowBytes, scratch);
        }

        var call = new TileBlockCall { A = left, B = (byte*)block.Strips, Sums = sums, RowStride = rowBytes, Steps = Pairs(block.Depth) / Side, RowTiles = tiles };
        for (int column = 0; column < block.Columns; column += Width, call.B += block.StripStride)
        {
            float* c = (float*)block.C + column;
            int columns = Math.Min(Width, block.Columns - column);
            new Span<float>(sums, tiles * Side * Width).Clear();
            if (block.Accumulate)
            {
                Copy(c, block.CStride, sums, Width, block.Rows, columns);
            }

            Run(&call);
            Copy(sums, Width, c, block.CStride, block.Rows, columns);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Runs <see cref="TileEmitter.EmitBlock"/>.</summary>
    protected virtual void Run(TileBlockCall* call) => _block(call);

    // The part of C that exists.
    private static void Copy(float* from, nint fromStride, float* to, nint toStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++, from += fromStride, to += toStride)
        {
            new ReadOnlySpan<float>(from, columns).CopyTo(new Span<float>(to, columns));
        }
    }

    // A slab is whole tiles of pairs but for the last of all, behind which the row is filled up with zeros.
    private static void CopyRows(in PairBlock block, byte* left, int rowBytes)
    {
        for (int row = 0; row < block.Rows; row++)
        {
            new ReadOnlySpan<byte>(block.A.At(block.Row + row, block.K), rowBytes).CopyTo(new Span<byte>(left + ((nint)row * rowBytes), rowBytes));
        }
    }

    // Neighbours along k are rows of memory: pairs are formed as for a strip of B, or are those of a stack, and a strip becomes rows of pairs.
    private void PackColumns(in PairBlock block, byte* left, int rowBytes, PairScratch scratch)
    {
        int pairs = (block.Depth + 1) / 2;
        nint strip = (nint)pairs * Width * sizeof(int);
        byte* interleaved = scratch.Rows.AtLeast(strip);
        for (int row = 0; row < block.Rows; row += Width)
        {
            int rows = Math.Min(Width, block.Rows - row);
            if (block.A.IsStacked)
            {
                interleaved = block.A.At(block.Row + row, block.K);
            }
            else
            {
                PackTiles(block.A.Values.At(block.Row + row, block.K), block.A.Values.Stride, block.Depth, 1, rows, interleaved, Width, strip);
            }

            Packing.Transpose((float*)interleaved, Width, rows, pairs, (float*)(left + ((nint)row * rowBytes)), rowBytes / sizeof(float));
        }
    }
}
