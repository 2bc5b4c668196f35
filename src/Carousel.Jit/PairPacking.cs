using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>Packs the whole of B, the strips shared between threads. One instance serves one call at a time; each calling thread keeps its own.</summary>
internal sealed unsafe class PairPacking
{
    // Strips that one thread packs at a time.
    private const int Group = 8 * EmittedPairProduct.Width;

    [ThreadStatic]
    private static PairPacking? t_mine;

    private readonly Action<int> _shard;
    private EmittedPairProduct _product = null!;
    private Operand _b;
    private int _columns, _depth;
    private byte* _target;

    private PairPacking() => _shard = Shard;

    /// <summary>Packs.</summary>
    /// <param name="product">The kernels.</param>
    /// <param name="b">[K, N]</param>
    /// <param name="columns">N</param>
    /// <param name="depth">K</param>
    /// <param name="target">As <see cref="PackedPairs"/> holds it.</param>
    /// <param name="workers">Threads that share the work.</param>
    public static void Run(EmittedPairProduct product, Operand b, int columns, int depth, byte* target, Workers workers)
    {
        PairPacking packing = t_mine ??= new PairPacking();
        (packing._product, packing._b, packing._columns, packing._depth) = (product, b, columns, depth);
        packing._target = target;
        workers.Run(depth == 0 ? 0 : (columns + Group - 1) / Group, packing._shard);
        GC.KeepAlive(product);
    }

    private void Shard(int group)
    {
        int column = group * Group;
        PairScratch scratch = PairScratch.Mine;
        _product.PackStrips(_b, column, Math.Min(_columns, column + Group), 0, _depth, _target + ((nint)column * _product.Pairs(_depth) * sizeof(int)), scratch.Rows);
        GC.KeepAlive(scratch);
    }
}
