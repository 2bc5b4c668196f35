using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit;

/// <summary>B as pairs of bfloat16 in strips, each [pairs, <see cref="EmittedPairProduct.Width"/>] without gaps; what does not exist is zero.</summary>
internal sealed unsafe class PackedPairs(KernelSet owner, int rows, int columns, int pairs) : PackedMatrix(owner, rows, columns)
{
    private readonly AlignedBuffer _words = new((long)pairs * ((columns + EmittedPairProduct.Width - 1) / EmittedPairProduct.Width) * EmittedPairProduct.Width);

    /// <summary>The first strip.</summary>
    public byte* Start => (byte*)_words.Start;
}
