namespace Carousel.Runtime.Kernels.Products;

/// <summary>B cut into strips, each [K, strip width] without gaps and on a line boundary; the last one is filled up with zeros.</summary>
internal sealed unsafe class PackedStrips(KernelSet owner, int rows, int columns, int width) : PackedMatrix(owner, rows, columns)
{
    private readonly AlignedBuffer _values = new((long)rows * width * ((columns + width - 1) / width));

    /// <summary>The first element of the first strip; strip s starts s · K · width later.</summary>
    public float* Start => _values.Start;
}
