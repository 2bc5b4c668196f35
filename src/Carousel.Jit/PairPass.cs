using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>
/// C (+)= A·B in bfloat16, cut into blocks, one shard each. The cut, the tile heights and the number of threads change only which element is worked on when: each element
/// is one chain of sums in the order of k, wherever a slab ends. One instance serves one call at a time; each calling thread keeps its own.
/// </summary>
internal sealed unsafe class PairPass
{
    // Pairs of a slab: the longer, the less often C is read and written. A strip of 448 · 32 · 4 bytes = 56 KiB comes from the second-level cache, which is fast enough.
    private const int LongestSlab = 448;

    // Columns of B packed together when B is not packed already. A block of A is packed again for each panel, so it matters more that the weights of most layers are one
    // panel than that 448 · 3072 bytes = 1344 KiB exceed the second-level cache: each strip comes from the third once for all rows of a block.
    private const int PanelColumns = 24 * Width;

    // Below this many multiply-adds, waking the other threads costs more than they save.
    private const long WorthSharing = 1 << 19;

    private const int Width = EmittedPairProduct.Width, PairBytes = sizeof(int);

    [ThreadStatic]
    private static PairPass? t_mine;

    private readonly Action<int> _shard;
    private EmittedPairProduct _product = null!;
    private int _rows, _columns, _depth;
    private PairFactor _a;
    private Operand _b;
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
    public static void Run(EmittedPairProduct product, int rows, int columns, int depth, PairFactor a, Operand b, byte* strips, float* c, nint cStride, bool accumulate, Workers workers)
    {
        PairPass pass = t_mine ??= new PairPass();
        (pass._product, pass._rows, pass._columns, pass._depth) = (product, rows, columns, depth);
        (pass._a, pass._b, pass._cStride, pass._accumulate) = (a, b, cStride, accumulate);
        pass._strips = strips;
        pass._c = c;
        int threads = (long)rows * columns * depth < WorthSharing ? 1 : workers.Threads;
        (pass._blocksDown, pass._blocksAcross) = Grid(rows, columns, isStacked: a.IsStacked, isPacked: strips != null, threads);
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
    private static (int Down, int Across) Grid(int rows, int columns, bool isStacked, bool isPacked, int threads)
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
                double cost = rounds * ((blockRows * (double)blockColumns / Lanes) + (PackCost * ((isStacked ? 0 : blockRows) + (isPacked ? 0 : blockColumns))));
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
        int unit = _a.StripWidth;
        int rowStart = CutPoint(down, _blocksDown, _rows, unit), rowEnd = CutPoint(down + 1, _blocksDown, _rows, unit);
        int columnStart = CutPoint(across, _blocksAcross, _columns, Width), columnEnd = CutPoint(across + 1, _blocksAcross, _columns, Width);
        if (_depth == 0 && !_accumulate)
        {
            for (int row = rowStart; row < rowEnd; row++)
            {
                new Span<float>(_c + (row * _cStride) + columnStart, columnEnd - columnStart).Clear();
            }
        }

        if (_depth == 0 || rowStart == rowEnd || columnStart == columnEnd)
        {
            return;
        }

        PairScratch scratch = PairScratch.Mine;
        int pairs = _product.Pairs(_depth), slab = _product.Pairs(2 * ((pairs + Slabs(pairs) - 1) / Slabs(pairs)));
        int panel = _strips == null ? PanelColumns : columnEnd - columnStart;
        for (int column = columnStart; column < columnEnd; column += panel)
        {
            int panelEnd = Math.Min(columnEnd, column + panel);
            for (int pair = 0; pair < pairs; pair += slab)
            {
                int k = 2 * pair, depth = Math.Min(2 * slab, _depth - k);
                byte* right = _strips + ((((nint)column * pairs) + ((nint)pair * Width)) * PairBytes);
                nint strip = (nint)pairs * Width * PairBytes;
                if (_strips == null)
                {
                    strip = (nint)_product.Pairs(depth) * Width * PairBytes;
                    right = scratch.Right.AtLeast((panelEnd - column + Width - 1) / Width * strip);
                    _product.PackStrips(_b, column, panelEnd, k, depth, right, scratch.Rows);
                }

                int blocks = (rowEnd - rowStart + _product.BlockRows - 1) / _product.BlockRows;
                for (int block = 0; block < blocks; block++)
                {
                    int row = rowStart + CutPoint(block, blocks, rowEnd - rowStart, unit), end = rowStart + CutPoint(block + 1, blocks, rowEnd - rowStart, unit);
                    _product.Multiply(new PairBlock(_a, row, end - row, k, depth, (nint)right, strip, panelEnd - column, (nint)(_c + (row * _cStride) + column), _cStride, _accumulate || k > 0), scratch);
                }
            }
        }

        GC.KeepAlive(scratch);
    }

    private static int Slabs(int pairs) => (pairs + LongestSlab - 1) / LongestSlab;
}
