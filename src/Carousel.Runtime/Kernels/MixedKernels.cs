using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Kernels;

/// <summary>
/// A kernel set for mixed precision (Micikevicius et al. 2018, with bfloat16 as in Kalamkar et al. 2019): matrix products round their operands to bfloat16 and sum in
/// float32; everything else is that of the float32 set.
/// </summary>
/// <remarks>
/// Numbers of the products agree with those of any other mixed set up to the rounding of float32 sums: with u = 2⁻²⁴, within 4·K·u·Σ|a·b|. One set gives the same bits for
/// any number of threads.
/// </remarks>
public sealed class MixedKernels : KernelSet
{
    private readonly KernelSet _kernels;
    private readonly BrainFloatProduct _product;

    /// <summary>Puts a set together.</summary>
    /// <param name="kernels">All but the products.</param>
    /// <param name="product">The products; null rounds the operands and multiplies by <paramref name="kernels"/>.</param>
    /// <param name="reason">What the products are good for, or why there are no better ones.</param>
    internal MixedKernels(KernelSet kernels, BrainFloatProduct? product, string reason)
    {
        _kernels = kernels;
        _product = product ?? new RoundedProduct(kernels);
        IsFallback = product is null;
        Reason = reason;
        Name = $"{kernels.Name}/{_product.Name}";
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>True when this machine has no instructions for products of bfloat16 that could be used: float32 products, with the operands rounded.</summary>
    public bool IsFallback { get; }

    /// <summary>What the products are good for, or why there are no better ones.</summary>
    public string Reason { get; }

    /// <inheritdoc/>
    public override MixedKernels Mixed => this;

    /// <inheritdoc/>
    internal override StepKernels Steps => _kernels.Steps;

    /// <inheritdoc/>
    public override long RunPeak(int rounds) => _product.RunPeak(rounds);

    /// <inheritdoc/>
    public override void Multiply(Matrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        ArgumentSizes.CheckProduct(a.Rows, a.Columns, b.Rows, b.Columns, c.Length, cStride);
        _product.Multiply(a, b, c, cStride, accumulate, workers);
    }

    /// <inheritdoc/>
    public override PackedMatrix Pack(Matrix b, PackedMatrix? reuse = null, Workers? workers = null)
    {
        if (reuse is not null)
        {
            ArgumentSizes.CheckReuse(ArgumentSizes.CheckOwner<PackedMatrix>(this, reuse), b.Rows, b.Columns);
        }

        return _product.Pack(this, b, reuse, workers ?? Workers.Single);
    }

    /// <inheritdoc/>
    public override void Multiply(Matrix a, PackedMatrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        ArgumentSizes.CheckOwner<PackedMatrix>(this, b);
        ArgumentSizes.CheckProduct(a.Rows, a.Columns, b.Rows, b.Columns, c.Length, cStride);
        _product.Multiply(a, b, c, cStride, accumulate, workers);
    }

    /// <inheritdoc/>
    public override int StackLength(int rows, int columns) => _product.StackLength(rows, columns);

    /// <inheritdoc/>
    public override void Stack(Matrix rows, int first, Span<float> memory, int capacity)
    {
        ArgumentSizes.CheckStack(rows, first, memory.Length, StackLength(capacity, rows.Columns), capacity);
        _product.Stack(rows, first, memory, capacity);
    }

    /// <inheritdoc/>
    public override void Multiply(StackedMatrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        ArgumentSizes.CheckProduct(a.Rows, a.Columns, b.Rows, b.Columns, c.Length, cStride);
        ArgumentSizes.CheckLength(a.Memory.Length, StackLength(a.Capacity, a.StackedColumns));
        _product.Multiply(a, b, c, cStride, accumulate, workers);
    }

    /// <inheritdoc/>
    public override void Sigmoid(ReadOnlySpan<float> x, Span<float> y) => _kernels.Sigmoid(x, y);

    /// <inheritdoc/>
    public override void Tanh(ReadOnlySpan<float> x, Span<float> y) => _kernels.Tanh(x, y);

    /// <inheritdoc/>
    public override void Exp(ReadOnlySpan<float> x, Span<float> y) => _kernels.Exp(x, y);

    /// <inheritdoc/>
    public override float Sum(ReadOnlySpan<float> x) => _kernels.Sum(x);

    /// <inheritdoc/>
    public override float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => _kernels.Dot(x, y);

    /// <inheritdoc/>
    public override void AddColumnSums(ReadOnlySpan<float> x, int rows, int columns, Span<float> sums) => _kernels.AddColumnSums(x, rows, columns, sums);

    /// <inheritdoc/>
    public override float Softmax(ReadOnlySpan<float> x, Span<float> y) => _kernels.Softmax(x, y);

    /// <inheritdoc/>
    public override void LogSoftmax(ReadOnlySpan<float> x, Span<float> y) => _kernels.LogSoftmax(x, y);

    /// <inheritdoc/>
    public override void LstmForward(int batch, int hidden, Span<float> gates, ReadOnlySpan<float> previousCell, Span<float> cell, Span<float> cellTanh, Span<float> output) =>
        _kernels.LstmForward(batch, hidden, gates, previousCell, cell, cellTanh, output);

    /// <inheritdoc/>
    public override void LstmBackward(int batch, int hidden, ReadOnlySpan<float> gates, ReadOnlySpan<float> previousCell, ReadOnlySpan<float> cellTanh,
        ReadOnlySpan<float> outputGradient, Span<float> cellGradient, Span<float> gateGradient) =>
        _kernels.LstmBackward(batch, hidden, gates, previousCell, cellTanh, outputGradient, cellGradient, gateGradient);

    /// <inheritdoc/>
    public override void AdamStep(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> mean, Span<float> variance, in AdamStep step) =>
        _kernels.AdamStep(weights, gradients, mean, variance, step);
}
