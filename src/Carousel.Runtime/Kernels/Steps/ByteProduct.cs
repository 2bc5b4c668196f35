namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// Rows in int8 times panels in int8 or int4: c = before + s_a · s_P ⊙ (a · P). The sums are int32 and exact, and each is joined by one fused multiply-add, fma(sum, s_a · s_P,
/// before), so every implementation gives the same bits.
/// </summary>
internal abstract unsafe class ByteProduct
{
    /// <summary>Multiplies one row.</summary>
    public abstract void Multiply(in ByteRun run);

    /// <summary>Multiplies several rows: each gets the bits of a call of <see cref="Multiply"/>.</summary>
    /// <param name="part">The weights.</param>
    /// <param name="tiles">The rows, each as <see cref="ByteRow.Quantise"/> left it, <see cref="ByteRow.TileLength"/> apart.</param>
    /// <param name="rows">Number of rows, 2 or more.</param>
    /// <param name="before">[rows, columns], may be c.</param>
    /// <param name="beforeStride">Elements from one row of that to the next; 0 for the same row again.</param>
    /// <param name="c">[rows, columns], written.</param>
    /// <param name="cStride">Elements from one row of c to the next.</param>
    public abstract void MultiplyRows(PanelPart part, float* tiles, int rows, float* before, nint beforeStride, float* c, nint cStride);
}
