using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>
/// C (+)= A·B by tiles that stay in registers (after Goto &amp; van de Geijn 2008, <i>Anatomy of high-performance matrix multiplication</i>): for each slab of k, the
/// rows of A are packed tile by tile; then, group after group, strips of B are packed and every tile of A, in the first-level cache, meets the strips, in the second.
/// </summary>
/// <remarks>
/// C is cut into a grid of blocks, one shard each. The cut, the tile heights and the number of threads change only which element is worked on when; each
/// element sees the operations that <see cref="KernelSet"/> promises. One instance serves one call at a time; each calling thread keeps its own.
/// </remarks>
/// <typeparam name="TStrip">The columns of a tile.</typeparam>
/// <typeparam name="TNarrow">The columns of a narrower tile for the last few, or <typeparamref name="TStrip"/> again.</typeparam>
internal sealed unsafe class Product<TStrip, TNarrow>
    where TStrip : unmanaged, IStrip<TStrip>
    where TNarrow : unmanaged, IStrip<TNarrow>
{
    private const int Slab = KernelSet.Slab;

    // Rows of A packed together: many, because B is packed once per block of rows. They are read in order, one element for some hundred multiply-adds, so it does
    // no harm that 1536 · 256 · 4 bytes = 1.5 MiB exceed most second-level caches.
    private const int BlockRows = 1536;

    // Strips of B that are packed together and then met by every tile of A: 4 · 256 · 32 · 4 bytes = 128 KiB stay in the second-level cache.
    private const int StripsPerGroup = 4;

    // Below this many multiply-adds, waking the other threads costs more than they save.
    private const long WorthSharing = 1 << 18;

    [ThreadStatic]
    private static Product<TStrip, TNarrow>? t_mine;

    [ThreadStatic]
    private static AlignedBuffer? t_scratch;

    private readonly Action<int> _shard;
    private int _tallest, _rows, _columns, _depth;
    private Operand _a, _b;
    private float* _strips;
    private float* _c;
    private nint _cStride;
    private bool _accumulate;
    private int _blocksDown, _blocksAcross;

    private Product() => _shard = Shard;

    /// <summary>Number of strips that <paramref name="columns"/> columns need.</summary>
    public static int Strips(int columns) => (columns + TStrip.Width - 1) / TStrip.Width;

    /// <summary>Multiplies. All sizes are already checked and all memory is pinned.</summary>
    /// <param name="tallest">The tallest tile that the machine's registers hold.</param>
    /// <param name="rows">M</param>
    /// <param name="columns">N</param>
    /// <param name="depth">K</param>
    /// <param name="a">[M, K]</param>
    /// <param name="b">[K, N]; not looked at when <paramref name="strips"/> is given.</param>
    /// <param name="strips">B in strips, as <see cref="PackedStrips"/> holds it, or null.</param>
    /// <param name="c">[M, N]</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work.</param>
    public static void Run(int tallest, int rows, int columns, int depth, Operand a, Operand b, float* strips, float* c, nint cStride, bool accumulate, Workers workers)
    {
        Product<TStrip, TNarrow> product = t_mine ??= new Product<TStrip, TNarrow>();
        product._tallest = tallest;
        (product._rows, product._columns, product._depth) = (rows, columns, depth);
        (product._a, product._b, product._cStride, product._accumulate) = (a, b, cStride, accumulate);
        product._strips = strips;
        product._c = c;
        int threads = (long)rows * columns * depth < WorthSharing ? 1 : workers.Threads;
        (product._blocksDown, product._blocksAcross) = Grid(tallest, rows, columns, isPacked: strips != null, threads);
        int shards = product._blocksDown * product._blocksAcross;
        if (threads > 1 && shards > 1)
        {
            workers.Run(shards, product._shard);
        }
        else
        {
            for (int shard = 0; shard < shards; shard++)
            {
                product.Shard(shard);
            }
        }
    }

    // The cut that ends first, counted in vector operations per k: blocks are worked off in rounds of one per thread, and each block packs its own operands.
    private static (int Down, int Across) Grid(int tallest, int rows, int columns, bool isPacked, int threads)
    {
        const double PackCost = 0.5;
        int fewestDown = (rows + BlockRows - 1) / BlockRows, tiles = (rows + tallest - 1) / tallest, strips = Strips(columns);
        (int Down, int Across) best = (fewestDown, 1);
        double least = double.PositiveInfinity;
        for (int down = fewestDown; threads > 1 && down <= Math.Min(fewestDown * threads, tiles); down++)
        {
            for (int across = 1; across <= Math.Clamp(4 * threads / down, 1, strips); across++)
            {
                int blockRows = (tiles + down - 1) / down * tallest, blockColumns = (strips + across - 1) / across * TStrip.Width;
                int rounds = ((down * across) + threads - 1) / threads;
                double pack = PackCost * (blockRows + (isPacked ? 0 : blockColumns));
                double cost = rounds * ((blockRows * (double)blockColumns / KernelSet.ReductionLanes) + pack);
                if (cost < least)
                {
                    (least, best) = (cost, (down, across));
                }
            }
        }

        return best;
    }

    // Where block number `block` of `blocks` starts: even shares, but whole tiles.
    private static int CutPoint(int block, int blocks, int length, int unit)
    {
        int units = (length + unit - 1) / unit;
        return (int)Math.Min(length, (long)units * block / blocks * unit);
    }

    private void Shard(int shard)
    {
        int down = shard / _blocksAcross, across = shard % _blocksAcross;
        int rowStart = CutPoint(down, _blocksDown, _rows, _tallest), rowEnd = CutPoint(down + 1, _blocksDown, _rows, _tallest);
        int columnStart = CutPoint(across, _blocksAcross, _columns, TStrip.Width), columnEnd = CutPoint(across + 1, _blocksAcross, _columns, TStrip.Width);
        if (_depth == 0 && !_accumulate)
        {
            for (int row = rowStart; row < rowEnd; row++)
            {
                new Span<float>(_c + (row * _cStride) + columnStart, columnEnd - columnStart).Clear();
            }
        }

        int groupLength = StripsPerGroup * Slab * TStrip.Width, edgeLength = _tallest * TStrip.Width;
        AlignedBuffer scratch = t_scratch ??= new AlignedBuffer(groupLength + edgeLength + ((BlockRows + _tallest) * Slab));
        float* groupStart = scratch.Start, edge = groupStart + groupLength, packedRows = edge + edgeLength;
        for (int k = 0; k < _depth; k += Slab)
        {
            int depth = Math.Min(Slab, _depth - k);
            bool accumulate = _accumulate || k > 0;
            float* left = PackLeft(rowStart, rowEnd, k, depth, packedRows);
            for (int column = columnStart; column < columnEnd; column += TStrip.Width * StripsPerGroup)
            {
                int groupEnd = Math.Min(columnEnd, column + (TStrip.Width * StripsPerGroup));
                float* right = _strips + ((nint)column * _depth) + ((nint)k * TStrip.Width);
                nint strip = (nint)TStrip.Width * _depth;
                if (_strips == null)
                {
                    right = groupStart;
                    strip = (nint)TStrip.Width * depth;
                    PackRight(column, groupEnd, k, depth, right);
                }

                Sweep(rowStart, rowEnd, column, groupEnd, depth, left, right, strip, edge, accumulate);
            }
        }

        GC.KeepAlive(scratch);
    }

    // The rows of one block over one slab, tile after tile.
    private float* PackLeft(int rowStart, int rowEnd, int k, int depth, float* packed)
    {
        if (rowEnd - rowStart == 1 && _a.IsDepthContiguous)
        {
            return _a.At(rowStart, k);
        }

        float* target = packed;
        int row = rowStart;
        if (!_a.IsDepthContiguous)
        {
            int whole = 0;
            while (row + (whole * _tallest) < rowEnd && TileHeight(rowEnd - row - (whole * _tallest)) == _tallest)
            {
                whole++;
            }

            Packing.CopyTiles(_a.At(row, k), _a.Stride, depth, whole, _tallest, target);
            target += (nint)whole * _tallest * depth;
            row += whole * _tallest;
        }

        while (row < rowEnd)
        {
            int height = TileHeight(rowEnd - row);
            _a.Pack(row, height, k, depth, target, height);
            target += (nint)height * depth;
            row += height;
        }

        return packed;
    }

    // One group of strips over one slab.
    private void PackRight(int columnStart, int columnEnd, int k, int depth, float* packed)
    {
        int column = columnStart;
        if (!_b.IsDepthContiguous)
        {
            int whole = (columnEnd - columnStart) / TStrip.Width;
            Packing.CopyStrips<TStrip>(_b.At(column, k), _b.Stride, depth, whole, packed);
            column += whole * TStrip.Width;
        }

        for (; column < columnEnd; column += TStrip.Width)
        {
            _b.Pack(column, Math.Min(TStrip.Width, _columns - column), k, depth, packed + ((nint)(column - columnStart) * depth), TStrip.Width);
        }
    }

    // Every tile of rows stays in the first-level cache while a group of strips passes by.
    private void Sweep(int rowStart, int rowEnd, int columnStart, int columnEnd, int depth, float* left, float* right, nint strip, float* edge, bool accumulate)
    {
        for (int row = rowStart; row < rowEnd;)
        {
            int height = TileHeight(rowEnd - row);
            float* b = right, c = _c + (row * _cStride) + columnStart;
            for (int column = columnStart; column < columnEnd; column += TStrip.Width, b += strip, c += TStrip.Width)
            {
                int width = _columns - column;
                if (width >= TStrip.Width)
                {
                    Tile<TStrip>.Multiply(height, depth, left, b, TStrip.Width, c, _cStride, accumulate);
                }
                else if (width > TNarrow.Width)
                {
                    MultiplyEdge<TStrip>(height, width, depth, left, b, c, edge, accumulate);
                }
                else
                {
                    MultiplyEdge<TNarrow>(height, width, depth, left, b, c, edge, accumulate);
                }
            }

            left += (nint)height * depth;
            row += height;
        }
    }

    // The last strip may be wider than C: its tile is worked out beside C and the columns that exist are copied.
    private void MultiplyEdge<TTile>(int height, int width, int depth, float* left, float* right, float* c, float* edge, bool accumulate)
        where TTile : unmanaged, IStrip<TTile>
    {
        for (int row = 0; accumulate && row < height; row++)
        {
            Unsafe.CopyBlockUnaligned(edge + (row * TTile.Width), c + (row * _cStride), (uint)width * sizeof(float));
        }

        Tile<TTile>.Multiply(height, depth, left, right, TStrip.Width, edge, TTile.Width, accumulate);
        for (int row = 0; row < height; row++)
        {
            Unsafe.CopyBlockUnaligned(c + (row * _cStride), edge + (row * TTile.Width), (uint)width * sizeof(float));
        }
    }

    // As few tiles as possible, and none of them much lower than the others: a low one has too few sums to keep the multiply-adds busy.
    private int TileHeight(int rows)
    {
        int tiles = (rows + _tallest - 1) / _tallest, even = (rows + tiles - 1) / tiles, best = 0;
        foreach (int height in Tile<TStrip>.Heights)
        {
            if (height <= _tallest && height <= rows && (best == 0 || height >= even))
            {
                best = height;
            }
        }

        return best;
    }
}
