namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// One row times panels in int8: c = before + s_a · s_P ⊙ (a · P). The sums are int32 and exact, and each is joined by one fused multiply-add, fma(sum, s_a · s_P, before),
/// so every implementation gives the same bits.
/// </summary>
internal abstract unsafe class ByteProduct
{
    /// <summary>Multiplies.</summary>
    public abstract void Multiply(in ByteRun run);
}
