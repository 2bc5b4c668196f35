using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>
/// C (+)= A·B in bfloat16, cut into blocks, one shard each. The cut, the tile heights and the number of threads change only which element is worked on when: each element
/// adds up the slabs of k in order, and the slabs depend on K alone. One instance serves one call at a time; each calling thread keeps its own.
/// </summary>
internal sealed unsafe class PairPass
{
    // Pairs of a slab: the longer, the less often C is read and written. A strip of 384 · 32 · 4 bytes = 48 KiB comes from the second-level cache, which is fast enough.
    private const int LongestSlab = 384;

    // Tiles of A packed together: 8 · 14 rows of 1536 bytes = 168 KiB, a part of the second-level cache.
    private const int TilesPerBlock = 8;

    // Columns of B packed together when B is not packed already: 384 · 1536 bytes = 576 KiB.
    private const int PanelColumns = 12 * PairTileEmitter.Width;

    // Below this many multiply-adds, waking the other threads costs more than they save.
    private const long WorthSharing = 1 << 19;

    private const int Width = PairTileEmitter.Width, TallestTile = PairTileEmitter.TallestTile, PairBytes = sizeof(int);

    [ThreadStatic]
    private static PairPass? t_mine;

    private readonly Action<int> _shard;
    private EmittedPairProduct _product = null!;
    private int _rows, _columns, _depth;
    private Operand _a, _b;
    private byte* _strips;
    private float* _c;
    private nint _cStride;
    private bool _accumulate;
    private int _blocksDown, _blocksAcross;

    private PairPass() => _shard = Shard;

    /// <summary>Multiplies. All sizes are already checked and all memory is pinned.</summary>
    /// <param name="product">The kernels.</param>
    /// <param name="rows">M</param>
    /// <param name="columns">N</param>
    /// <param name="depth">K</param>
    /// <param name="a">[M, K]</param>
    /// <param name="b">[K, N]; not looked at when <paramref name="strips"/> is given.</param>
    /// <param name="strips">B as <see cref="PackedPairs"/> holds it, or null.</param>
    /// <param name="c">[M, N]</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work.</param>
    public static void Run(EmittedPairProduct product, int rows, int columns, int depth, Operand a, Operand b, byte* strips, float* c, nint cStride, bool accumulate, Workers workers)
    {
        PairPass pass = t_mine ??= new PairPass();
        (pass._product, pass._rows, pass._columns, pass._depth) = (product, rows, columns, depth);
        (pass._a, pass._b, pass._cStride, pass._accumulate) = (a, b, cStride, accumulate);
        pass._strips = strips;
        pass._c = c;
        int threads = (long)rows * columns * depth < WorthSharing ? 1 : workers.Threads;
        (pass._blocksDown, pass._blocksAcross) = Grid(rows, columns, isPacked: strips != null, threads);
        int shards = pass._blocksDown * pass._blocksAcross;
        if (threads > 1 && shards > 1)
        {
            workers.Run(shards, pass._shard);
        }
        else
        {
            for (int shard = 0; shard < shards; shard++)
            {
                pass.Shard(shard);
            }
        }

        GC.KeepAlive(product);
    }

    // The cut that ends first, counted in multiply-adds of whole registers per pair: shards are worked off in rounds of one per thread, and each packs its own operands.
    private static (int Down, int Across) Grid(int rows, int columns, bool isPacked, int threads)
    {
        const double PackCost = 0.25;
        const int Lanes = 16, MostRounds = 4;
        (int Down, int Across) best = (1, 1);
        double least = double.PositiveInfinity;
        for (int down = 1; threads > 1 && down <= MostRounds * threads; down++)
        {
            for (int across = 1; across <= MostRounds * threads / down; across++)
            {
                int blockRows = (rows + down - 1) / down, blockColumns = (((columns + Width - 1) / Width) + across - 1) / across * Width;
                int rounds = ((down * across) + threads - 1) / threads;
                double cost = rounds * ((blockRows * (double)blockColumns / Lanes) + (PackCost * (blockRows + (isPacked ? 0 : blockColumns))));
                if (cost < least)
                {
                    (least, best) = (cost, (down, across));
                }
            }
        }

        return best;
    }

    // Where part number `part` of `parts` starts: even shares of whole units.
    private static int CutPoint(int part, int parts, int length, int unit)
    {
        int units = (length + unit - 1) / unit;
        return (int)Math.Min(length, (long)units * part / parts * unit);
    }

    private void Shard(int shard)
    {
        int down = shard / _blocksAcross, across = shard % _blocksAcross;
        var rows = new Tiles(CutPoint(down, _blocksDown, _rows, 1), CutPoint(down + 1, _blocksDown, _rows, 1));
        int columnStart = CutPoint(across, _blocksAcross, _columns, Width), columnEnd = CutPoint(across + 1, _blocksAcross, _columns, Width);
        if (_depth == 0 && !_accumulate)
        {
            for (int row = rows.Start; row < rows.End; row++)
            {
                new Span<float>(_c + (row * _cStride) + columnStart, columnEnd - columnStart).Clear();
            }
        }

        if (_depth == 0 || rows.Count == 0 || columnStart == columnEnd)
        {
            return;
        }

        PairScratch scratch = PairScratch.Mine;
        int pairs = (_depth + 1) / 2, slabs = (pairs + LongestSlab - 1) / LongestSlab, slab = (pairs + slabs - 1) / slabs;
        int panel = _strips == null ? PanelColumns : columnEnd - columnStart;
        for (int column = columnStart; column < columnEnd; column += panel)
        {
            int panelEnd = Math.Min(columnEnd, column + panel);
            for (int pair = 0; pair < pairs; pair += slab)
            {
                int depth = Math.Min(2 * slab, _depth - (2 * pair));
                byte* right = _strips + ((((nint)column * pairs) + ((nint)pair * Width)) * PairBytes);
                nint strip = (nint)pairs * Width * PairBytes;
                if (_strips == null)
                {
                    strip = (nint)((depth + 1) / 2) * Width * PairBytes;
                    right = scratch.Right.AtLeast((panelEnd - column + Width - 1) / Width * strip);
                    _product.PackStrips(_b, column, panelEnd, 2 * pair, depth, right, scratch.Rows);
                }

                for (int tile = 0; tile < rows.Count; tile += TilesPerBlock)
                {
                    Sweep(rows, tile, Math.Min(rows.Count, tile + TilesPerBlock), column, panelEnd, 2 * pair, depth, right, strip, scratch);
                }
            }
        }

        GC.KeepAlive(scratch);
    }

    // A block of tiles over one slab: packed, then met by strip after strip.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sweep(Tiles rows, int firstTile, int endTile, int columnStart, int columnEnd, int k, int depth, byte* right, nint strip, PairScratch scratch)
    {
        int firstRow = rows.RowOf(firstTile), count = rows.RowOf(endTile) - firstRow, pairs = (depth + 1) / 2, rowBytes = PairScratch.RowBytes(depth);
        byte* left = scratch.Left.AtLeast((long)count * rowBytes);
        if (_a.IsDepthContiguous)
        {
            _product.PackRows(_a.At(firstRow, k), _a.Stride, count, depth, left);
        }
        else
        {
            // Tiles of one height, then tiles that are a row lower.
            int taller = Math.Clamp(rows.Taller, firstTile, endTile);
            PackTiles(rows, firstTile, taller, k, depth, left);
            PackTiles(rows, taller, endTile, k, depth, left + ((nint)(rows.RowOf(taller) - firstRow) * pairs * PairBytes));
        }

        var call = new PairTileCall { Pairs = pairs, Accumulate = _accumulate || k > 0 ? 1 : 0, CStride = _cStride * sizeof(float) };
        for (int column = columnStart; column < columnEnd; column += Width, right += strip)
        {
            for (int tile = firstTile; tile < endTile; tile++)
            {
                int row = rows.RowOf(tile), height = rows.RowOf(tile + 1) - row;
                (call.RowStride, call.PairStride) = _a.IsDepthContiguous ? (rowBytes, PairBytes) : (PairBytes, height * PairBytes);
                call.A = left + ((nint)(row - firstRow) * (_a.IsDepthContiguous ? rowBytes : pairs * PairBytes));
                call.B = right;
                call.C = _c + (row * _cStride) + column;
                _product.Multiply(height, _columns - column, ref call);
            }
        }
    }

    private void PackTiles(Tiles rows, int firstTile, int endTile, int k, int depth, byte* target)
    {
        if (firstTile < endTile)
        {
            int row = rows.RowOf(firstTile), height = rows.RowOf(firstTile + 1) - row;
            _product.PackTiles(_a.At(row, k), _a.Stride, depth, endTile - firstTile, height, target, height);
        }
    }

    /// <summary>Rows cut into as few tiles as possible, the first ones a row taller than the last.</summary>
    /// <param name="Start">The first row.</param>
    /// <param name="End">One beyond the last.</param>
    private readonly record struct Tiles(int Start, int End)
    {
        public int Count => (End - Start + TallestTile - 1) / TallestTile;

        /// <summary>Number of the taller ones.</summary>
        public int Taller => (End - Start) % Count;

        /// <summary>The first row of a tile; the end for the number of tiles.</summary>
        public int RowOf(int tile) => Start + ((End - Start) / Count * tile) + Math.Min(tile, Taller);
    }
}
