using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Kernels;

/// <summary>
/// Every arithmetic loop of Carousel, for one instruction set. <see cref="KernelCatalog"/> holds the sets and says which one this machine gets.
/// </summary>
/// <remarks>
/// <para><b>One answer.</b> Each output element is the result of one fixed sequence of IEEE 754 operations that depends on the
/// mathematical sizes only: not on the vector width, not on how rows are blocked, not on the number of threads. So a padded batch gives what each
/// sequence gives alone, any chunking of a stream gives the same bits, and every set with hardware fused multiply-add gives the same bits as the scalar one.</para>
/// <para><b>Products.</b> Element (m, n) is summed over k in slabs of <see cref="Slab"/>: within a slab a chain of fused multiply-adds in increasing k that
/// starts at zero; the slab's sum is then added to the element (to zero for the first slab when not accumulating).</para>
/// <para><b>Reductions</b> (<see cref="Sum"/>, <see cref="Dot"/>) keep <see cref="ReductionLanes"/> partial sums, element i going to lane i mod 16, and
/// add the lanes in the fixed tree (j, j + 8), (j, j + 4), (j, j + 2), (j, j + 1).</para>
/// <para><b>Tiny numbers.</b> What decays from step to step (the cell, the gradients of gates and cell, an optimiser's memory) becomes zero below 2⁻¹⁰⁰, so that it
/// never enters the denormal range, where arithmetic may be a hundred times slower.</para>
/// <para>Spans of one call have equal lengths unless said otherwise; an output may be the same span as an input, but not overlap it partially.
/// <see cref="ArgumentException"/> is thrown for lengths that do not fit.</para>
/// </remarks>
public abstract class KernelSet
{
    /// <summary>Length of the k slabs of a product, in elements.</summary>
    public const int Slab = 256;

    /// <summary>Number of partial sums of a reduction.</summary>
    public const int ReductionLanes = 16;

    /// <summary>The name by which the set is forced and reported: <c>scalar</c>, <c>portable</c>, <c>avx2</c>, <c>avx512</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Runs nothing but independent multiply-adds on values in registers, as fast as this set's instructions go: the limit that a product is measured against.
    /// </summary>
    /// <param name="rounds">Length of the loop; a round is some tens of operations.</param>
    /// <returns>The number of arithmetic operations done, a multiply-add counting as two.</returns>
    public abstract long RunPeak(int rounds);

    /// <summary>This set with matrix products in bfloat16, for training in mixed precision.</summary>
    public virtual MixedKernels Mixed => field ??= KernelCatalog.Mix(this);

    /// <summary>The arithmetic of one time step, for plans.</summary>
    internal abstract StepKernels Steps { get; }

    // Matrix products -----------------------------------------------------------------------------------------------

    /// <summary>C = A·B, or C += A·B.</summary>
    /// <param name="a">[M, K]</param>
    /// <param name="b">[K, N]</param>
    /// <param name="c">[M, N], row-major; does not overlap <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="cStride">Elements from one row of C to the next, at least N.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work; the result does not depend on their number.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public abstract void Multiply(Matrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers);

    /// <summary>Copies B into the layout this set's product reads fastest, for a B that is used many times.</summary>
    /// <param name="b">[K, N]</param>
    /// <param name="reuse">A packed matrix of the same sizes and the same set whose memory may be overwritten, or null.</param>
    /// <param name="workers">Threads that share the work; null packs on the caller's.</param>
    /// <returns>The packed copy: <paramref name="reuse"/> when given.</returns>
    public abstract PackedMatrix Pack(Matrix b, PackedMatrix? reuse = null, Workers? workers = null);

    /// <summary>C = A·B or C += A·B with a packed B; bit for bit the result of the unpacked product.</summary>
    /// <param name="a">[M, K]</param>
    /// <param name="b">[K, N], packed by this set.</param>
    /// <param name="c">[M, N]</param>
    /// <param name="cStride">Elements from one row of C to the next, at least N.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or <paramref name="b"/> was packed by another set.</exception>
    public abstract void Multiply(Matrix a, PackedMatrix b, Span<float> c, int cStride, bool accumulate, Workers workers);

    // Products of a matrix made in slices -----------------------------------------------------------------------------

    /// <summary>Numbers of memory that <see cref="Stack"/> needs for a matrix [<paramref name="rows"/>, <paramref name="columns"/>].</summary>
    public virtual int StackLength(int rows, int columns) => checked(rows * columns);

    /// <summary>
    /// Keeps some rows of a matrix as products with it on the left read them fastest: for one that is made a slice at a time, while the slice is in the cache. Several threads may
    /// keep rows of one matrix at once.
    /// </summary>
    /// <param name="rows">[n, M], not transposed; n is even unless these are the last rows.</param>
    /// <param name="first">The place of the first in the matrix, even.</param>
    /// <param name="memory">As many numbers as <see cref="StackLength"/> says for <paramref name="capacity"/> rows.</param>
    /// <param name="capacity">Rows that there is room for.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public virtual void Stack(Matrix rows, int first, Span<float> memory, int capacity)
    {
        ArgumentSizes.CheckStack(rows, first, memory.Length, StackLength(capacity, rows.Columns), capacity);
        for (int row = 0; row < rows.Rows; row++)
        {
            rows.Values.Slice(row * rows.Stride, rows.Columns).CopyTo(memory[((first + row) * rows.Columns)..]);
        }
    }

    /// <summary>C = A·B, or C += A·B, with a stacked A: bit for bit the result of the product of what was stacked.</summary>
    /// <param name="a">[M, K]</param>
    /// <param name="b">[K, N]</param>
    /// <param name="c">[M, N]</param>
    /// <param name="cStride">Elements from one row of C to the next, at least N.</param>
    /// <param name="accumulate">True to add to what C holds.</param>
    /// <param name="workers">Threads that share the work.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public virtual void Multiply(StackedMatrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        var stored = new Matrix(a.Memory, a.StackedRows, a.StackedColumns);
        Multiply(a.IsTransposed ? stored.Transposed : stored, b, c, cStride, accumulate, workers);
    }

    // Element-wise ---------------------------------------------------------------------------------------------------

    /// <summary>y = 1 / (1 + e^−x), within 2e-7 of the exact value; never denormal: below −87 it stays at 1.6e-38; NaN stays NaN.</summary>
    public abstract void Sigmoid(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>y = tanh x, within 3e-7 of the exact value, and within 5e-7 of it relatively; NaN stays NaN.</summary>
    public abstract void Tanh(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>y = e^x, within 2 units in the last place; 0 where the result would be denormal (below −87.3365), +∞ above 88.7228; NaN stays NaN.</summary>
    public abstract void Exp(ReadOnlySpan<float> x, Span<float> y);

    // Reductions -----------------------------------------------------------------------------------------------------

    /// <summary>Σ x, in the fixed order of this class; 0 for an empty span.</summary>
    public abstract float Sum(ReadOnlySpan<float> x);

    /// <summary>Σ x·y, in the fixed order of this class, each product joined to its lane by a fused multiply-add.</summary>
    public abstract float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y);

    /// <summary>Adds each column's sum over the rows, in row order, to <paramref name="sums"/>: the gradient of a bias.</summary>
    /// <param name="x">[rows, columns]</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="sums">[columns], added to.</param>
    public abstract void AddColumnSums(ReadOnlySpan<float> x, int rows, int columns, Span<float> sums);

    // Rows of logits -------------------------------------------------------------------------------------------------

    /// <summary>Soft-max of one row: y = e^(x − max) / Σ e^(x − max).</summary>
    /// <param name="x">[V]; −∞ gives 0. A row of nothing but −∞ gives NaN, as 0/0 does.</param>
    /// <param name="y">[V]</param>
    /// <returns>log Σ e^x, the row's log-sum-exp.</returns>
    public abstract float Softmax(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Logarithm of the soft-max of one row: y = x − log Σ e^x, each at most 0.</summary>
    /// <param name="x">[V]; −∞ stays −∞. A row of nothing but −∞ gives NaN.</param>
    /// <param name="y">[V]</param>
    public abstract void LogSoftmax(ReadOnlySpan<float> x, Span<float> y);

    // The LSTM's post-product ----------------------------------------------------------------------------------------

    /// <summary>
    /// Gates and state of one LSTM time step, after the matrix products (Hochreiter &amp; Schmidhuber 1997; Gers et al. 2000):
    /// i, f, o = σ(z); g = tanh(z); c = f·c₋ + i·g; h = o·tanh c.
    /// </summary>
    /// <param name="batch">B, the number of rows.</param>
    /// <param name="hidden">H, the number of units.</param>
    /// <param name="gates">[B, 4H], gate order i f g o. In: pre-activations z, biases included. Out: the activated gates.</param>
    /// <param name="previousCell">c₋ [B, H]</param>
    /// <param name="cell">c [B, H], written; may be <paramref name="previousCell"/>.</param>
    /// <param name="cellTanh">tanh c [B, H], written: the backward pass needs it.</param>
    /// <param name="output">h [B, H], written (before any projection).</param>
    public abstract void LstmForward(int batch, int hidden, Span<float> gates, ReadOnlySpan<float> previousCell, Span<float> cell, Span<float> cellTanh, Span<float> output);

    /// <summary>
    /// Backward of <see cref="LstmForward"/>: from the gradients of h and c to those of the pre-activations and of c₋.
    /// </summary>
    /// <param name="batch">B</param>
    /// <param name="hidden">H</param>
    /// <param name="gates">[B, 4H] activated gates, as the forward pass left them.</param>
    /// <param name="previousCell">c₋ [B, H]</param>
    /// <param name="cellTanh">tanh c [B, H]</param>
    /// <param name="outputGradient">∂L/∂h [B, H]</param>
    /// <param name="cellGradient">[B, H]. In: ∂L/∂c from later steps. Out: ∂L/∂c₋.</param>
    /// <param name="gateGradient">∂L/∂z [B, 4H], written.</param>
    public abstract void LstmBackward(int batch, int hidden, ReadOnlySpan<float> gates, ReadOnlySpan<float> previousCell, ReadOnlySpan<float> cellTanh,
        ReadOnlySpan<float> outputGradient, Span<float> cellGradient, Span<float> gateGradient);

    // Optimisers -----------------------------------------------------------------------------------------------------

    /// <summary>One AdamW update of a parameter buffer (Loshchilov &amp; Hutter 2019, PyTorch's form); all spans [n].</summary>
    /// <param name="weights">w, updated.</param>
    /// <param name="gradients">g</param>
    /// <param name="mean">m, updated: β₁ m + (1 − β₁) g.</param>
    /// <param name="variance">v, updated: β₂ v + (1 − β₂) g².</param>
    /// <param name="step">The scalars of this update.</param>
    public abstract void AdamStep(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> mean, Span<float> variance, in AdamStep step);
}
