namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// The product of <see cref="ByteRow"/> by other instructions than .NET offers, from another assembly. The sums are exact, so it gives the same bits.
/// </summary>
internal abstract unsafe class ByteProduct
{
    /// <summary>c = s_a · s_p ⊙ (a · P), or c += the same, as <see cref="ByteRow.Multiply"/> computes it.</summary>
    /// <param name="part">The weights.</param>
    /// <param name="tile">The row, as <see cref="ByteRow.Quantise"/> left it.</param>
    /// <param name="c">[columns]</param>
    /// <param name="accumulate">True to add to what c holds.</param>
    public abstract void Multiply(PanelPart part, float* tile, float* c, bool accumulate);
}
