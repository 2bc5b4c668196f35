using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>
/// c (+)= Aᵀ·b for one vector b and an A [K, M] that lies row by row: packing it, as <see cref="Product{TStrip,TNarrow}"/> would, costs more than reading it once. The same operations
/// on each element as there. One instance serves one call at a time; each calling thread keeps its own.
/// </summary>
/// <typeparam name="TLanes">Sixteen values.</typeparam>
internal sealed unsafe class ColumnSums<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Columns that one thread sums up at a time: their sums stay in the first-level cache.
    private const int Piece = 1 << 10;

    [ThreadStatic]
    private static ColumnSums<TLanes>? t_mine;

    private readonly Action<int> _piece;
    private int _columns, _depth;
    private Operand _a, _b;
    private float* _c;
    private nint _cStride;
    private bool _accumulate;

    private ColumnSums() => _piece = AddPiece;

    /// <summary>Multiplies. All sizes are already checked and all memory is pinned.</summary>
    /// <param name="columns">M</param>
    /// <param name="depth">K</param>
    /// <param name="a">Neighbours along M lie side by side.</param>
    /// <param name="b">[K, 1]</param>
    /// <param name="c">[M, 1]</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work.</param>
    public static void Run(int columns, int depth, Operand a, Operand b, float* c, nint cStride, bool accumulate, Workers workers)
    {
        ColumnSums<TLanes> sums = t_mine ??= new ColumnSums<TLanes>();
        (sums._columns, sums._depth, sums._a, sums._b, sums._cStride, sums._accumulate) = (columns, depth, a, b, cStride, accumulate);
        sums._c = c;
        workers.Run((columns + Piece - 1) / Piece, sums._piece);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddPiece(int piece)
    {
        int first = piece * Piece, count = Math.Min(Piece, _columns - first);
        float* sums = stackalloc float[Piece];
        bool adds = _accumulate;
        for (int k = 0; k < _depth; k += KernelSet.Slab)
        {
            new Span<float>(sums, count).Clear();
            for (int end = Math.Min(_depth, k + KernelSet.Slab), at = k; at < end; at++)
            {
                AddRow(_a.At(first, at), TLanes.Create(*_b.At(0, at)), sums, count);
            }

            for (int i = 0; i < count; i++)
            {
                float* c = _c + ((first + i) * _cStride);
                *c = (adds ? *c : 0) + sums[i];
            }

            adds = true;
        }

        for (int i = 0; i < count && !adds; i++)
        {
            _c[(first + i) * _cStride] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(float* row, TLanes factor, float* sums, int count)
    {
        int i = 0;
        for (; i <= count - ILanes<TLanes>.Count; i += ILanes<TLanes>.Count)
        {
            TLanes.MultiplyAdd(TLanes.Load(row + i), factor, TLanes.Load(sums + i)).Store(sums + i);
        }

        if (i < count)
        {
            TLanes.MultiplyAdd(TLanes.Load(row + i, count - i), factor, TLanes.Load(sums + i, count - i)).Store(sums + i, count - i);
        }
    }
}
