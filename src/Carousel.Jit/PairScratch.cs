using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>Memory in which one thread packs operands.</summary>
internal sealed unsafe class PairScratch
{
    private const int Line = 64;

    [ThreadStatic]
    private static PairScratch? t_mine;

    /// <summary>That of the calling thread.</summary>
    public static PairScratch Mine => t_mine ??= new PairScratch();

    /// <summary>A block of A.</summary>
    public Buffer Left { get; } = new();

    /// <summary>Strips of B over one slab.</summary>
    public Buffer Right { get; } = new();

    /// <summary>Columns of B as rows of pairs.</summary>
    public Buffer Rows { get; } = new();

    /// <summary>Bytes of a row of pairs: whole cache lines.</summary>
    /// <param name="depth">Numbers of the row.</param>
    public static int RowBytes(int depth) => (((depth + 1) / 2 * sizeof(int)) + Line - 1) / Line * Line;

    /// <summary>Sums of a block before they go to C.</summary>
    public Buffer Sums { get; } = new();

    /// <summary>Memory that grows to what was asked for.</summary>
    internal sealed class Buffer
    {
        private AlignedBuffer? _words;

        /// <summary>The memory, from a cache line on; what it held is lost when it has to grow.</summary>
        /// <param name="bytes">How much is needed.</param>
        public byte* AtLeast(long bytes)
        {
            if (_words is null || _words.Length * sizeof(float) < bytes)
            {
                _words = new AlignedBuffer((bytes + sizeof(float) - 1) / sizeof(float));
            }

            return (byte*)_words.Start;
        }
    }
}
