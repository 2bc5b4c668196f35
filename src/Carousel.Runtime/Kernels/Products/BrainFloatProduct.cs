namespace Carousel.Runtime.Kernels.Products;

/// <summary>
/// Matrix products of operands rounded to bfloat16 (to nearest, ties to even; 0 for denormal numbers), summed in float32.
/// </summary>
/// <remarks>
/// <para>A product of two bfloat16 numbers is exact in float32, so only the sums are rounded. Each element is summed in an order that depends on the sizes alone, not on
/// the number of threads; another implementation may choose another order. Cutting K at a multiple of <see cref="KernelSet.Slab"/>, and adding, changes no bit.</para>
/// <para>With u = 2⁻²⁴ each element is within 2·K·u·Σ|a·b| of the exact sum over the rounded operands, and what is denormal may be taken as 0.</para>
/// </remarks>
internal abstract class BrainFloatProduct
{
    /// <summary>The name under which it is reported.</summary>
    public abstract string Name { get; }

    /// <summary>As <see cref="KernelSet.RunPeak"/>, by the instruction that the product uses.</summary>
    public abstract long RunPeak(int rounds);

    /// <summary>As <see cref="KernelSet.Pack"/>.</summary>
    /// <param name="owner">The set that the packed matrix will belong to.</param>
    /// <param name="b">[K, N]</param>
    /// <param name="reuse">What an earlier call gave for the same sizes, to be overwritten, or null.</param>
    /// <param name="workers">Threads that share the work.</param>
    public abstract PackedMatrix Pack(KernelSet owner, Matrix b, PackedMatrix? reuse, Workers workers);

    /// <summary>C = A·B, or C += A·B; sizes are checked.</summary>
    /// <param name="a">[M, K]</param>
    /// <param name="b">[K, N]</param>
    /// <param name="c">[M, N]</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work.</param>
    public abstract void Multiply(Matrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers);

    /// <summary>C = A·B, or C += A·B, with a B of <see cref="Pack"/>; sizes and owner are checked.</summary>
    /// <param name="a">[M, K]</param>
    /// <param name="b">[K, N]</param>
    /// <param name="c">[M, N]</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work.</param>
    public abstract void Multiply(Matrix a, PackedMatrix b, Span<float> c, int cStride, bool accumulate, Workers workers);

    /// <summary>As <see cref="KernelSet.StackLength"/>.</summary>
    public abstract int StackLength(int rows, int columns);

    /// <summary>As <see cref="KernelSet.Stack"/>; sizes are checked.</summary>
    /// <param name="rows">[n, M]</param>
    /// <param name="first">The place of the first in the matrix, even.</param>
    /// <param name="memory">As many numbers as <see cref="StackLength"/> says.</param>
    /// <param name="capacity">Rows that there is room for.</param>
    public abstract void Stack(Matrix rows, int first, Span<float> memory, int capacity);

    /// <summary>C = A·B, or C += A·B, with a stacked A; sizes are checked.</summary>
    /// <param name="a">[M, K]</param>
    /// <param name="b">[K, N]</param>
    /// <param name="c">[M, N]</param>
    /// <param name="cStride">Elements from one row of C to the next.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work.</param>
    public abstract void Multiply(StackedMatrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers);
}
