namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// One row times one panel in int8: c = before + s_a · s_P ⊙ (a · P). The sums are int32 and exact, and each is joined by one fused multiply-add, fma(sum, s_a · s_P, before),
/// so every implementation gives the same bits.
/// </summary>
internal abstract unsafe class ByteProduct
{
    /// <summary>Multiplies.</summary>
    /// <param name="part">The weights.</param>
    /// <param name="tile">The row, as <see cref="ByteRow.Quantise"/> left it.</param>
    /// <param name="before">[columns], may be c.</param>
    /// <param name="c">[columns], written.</param>
    public abstract void Multiply(PanelPart part, float* tile, float* before, float* c);

    /// <summary>Adds two products of panels of four lane groups: the bits of a call of <see cref="Multiply"/> for the first and one for the second that adds to its result.</summary>
    /// <param name="first">Weights.</param>
    /// <param name="firstTile">The row that they are multiplied by.</param>
    /// <param name="second">Weights.</param>
    /// <param name="secondTile">The row that they are multiplied by.</param>
    /// <param name="before">[columns]</param>
    /// <param name="c">[columns], written.</param>
    public abstract void MultiplyBoth(PanelPart first, float* firstTile, PanelPart second, float* secondTile, float* before, float* c);
}
