using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>Packs a whole right operand into strips, some strips at a time on each thread. One instance serves one call at a time; each calling thread keeps its own.</summary>
/// <typeparam name="TStrip">The columns of a tile.</typeparam>
internal sealed unsafe class StripPacking<TStrip> where TStrip : unmanaged, IStrip<TStrip>
{
    // Elements below which waking the other threads costs more than they save.
    private const int WorthSharing = 1 << 16;

    // Strips that a thread takes at a time: neighbours share the lines of the original.
    private const int StripsPerShard = 4;

    [ThreadStatic]
    private static StripPacking<TStrip>? t_mine;

    private readonly Action<int> _shard;
    private Operand _b;
    private int _columns, _depth;
    private float* _target;

    private StripPacking() => _shard = Shard;

    /// <summary>target[strip, k, i] = b[k, strip · width + i]; the columns that the last strip has too many become zero.</summary>
    /// <param name="b">[K, N], pinned.</param>
    /// <param name="columns">N</param>
    /// <param name="depth">K</param>
    /// <param name="target">[strips, K, width]</param>
    /// <param name="workers">Threads that share the work.</param>
    public static void Run(Operand b, int columns, int depth, float* target, Workers workers)
    {
        StripPacking<TStrip> packing = t_mine ??= new StripPacking<TStrip>();
        (packing._b, packing._columns, packing._depth) = (b, columns, depth);
        packing._target = target;
        int shards = depth == 0 ? 0 : (columns + (StripsPerShard * TStrip.Width) - 1) / (StripsPerShard * TStrip.Width);
        ((long)columns * depth < WorthSharing ? Workers.Single : workers).Run(shards, packing._shard);
    }

    private void Shard(int shard)
    {
        int end = Math.Min(_columns, (shard + 1) * StripsPerShard * TStrip.Width);
        for (int column = shard * StripsPerShard * TStrip.Width; column < end; column += TStrip.Width)
        {
            _b.Pack(column, Math.Min(TStrip.Width, end - column), 0, _depth, _target + ((nint)column * _depth), TStrip.Width);
        }
    }
}
