using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>B as pairs of bfloat16 in strips, each [K / 2, <see cref="PairTileEmitter.Width"/>] without gaps; what does not exist is zero.</summary>
internal sealed unsafe class PackedPairs(KernelSet owner, int rows, int columns) : PackedMatrix(owner, rows, columns)
{
    private readonly AlignedBuffer _words = new((rows + 1L) / 2 * ((columns + PairTileEmitter.Width - 1) / PairTileEmitter.Width) * PairTileEmitter.Width);

    /// <summary>The first strip.</summary>
    public byte* Start => (byte*)_words.Start;
}
