using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Kernels;

/// <summary>Every kernel for one vector width: binds the bodies in <c>Elementwise</c> and <c>Products</c> to lanes, to the strip of a product and to the number of registers.</summary>
/// <typeparam name="TLanes">Sixteen values.</typeparam>
/// <typeparam name="TStrip">The columns of a tile.</typeparam>
/// <typeparam name="TNarrow">The columns of a tile for the last few.</typeparam>
/// <param name="name">The set's name.</param>
/// <param name="tallestTile">Rows of the tallest tile whose accumulators fit into the registers.</param>
/// <param name="steps">The kernels of a time step.</param>
internal sealed unsafe class VectorKernels<TLanes, TStrip, TNarrow>(string name, int tallestTile, StepKernels steps) : KernelSet
    where TLanes : unmanaged, ILanes<TLanes>
    where TStrip : unmanaged, IStrip<TStrip>
    where TNarrow : unmanaged, IStrip<TNarrow>
{
    public override string Name => name;

    public override long RunPeak(int rounds) => Peak.Run<TStrip>(rounds);

    internal override StepKernels Steps { get; } = steps;

    public override void Multiply(Matrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        ArgumentSizes.CheckProduct(a.Rows, a.Columns, b.Rows, b.Columns, c.Length, cStride);
        fixed (float* left = a.Values, right = b.Values, target = c)
        {
            if (a.IsTransposed && b.Columns == 1)
            {
                ColumnSums<TLanes>.Run(a.Rows, a.Columns, Operand.Left(a, left), Operand.Right(b, right), target, cStride, accumulate, workers);
                return;
            }

            Product<TStrip, TNarrow>.Run(tallestTile, a.Rows, b.Columns, a.Columns, Operand.Left(a, left), Operand.Right(b, right), strips: null, target, cStride, accumulate, workers);
        }
    }

    public override void Multiply(Matrix a, PackedMatrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        PackedStrips packed = ArgumentSizes.CheckOwner<PackedStrips>(this, b);
        ArgumentSizes.CheckProduct(a.Rows, a.Columns, b.Rows, b.Columns, c.Length, cStride);
        fixed (float* left = a.Values, target = c)
        {
            Product<TStrip, TNarrow>.Run(tallestTile, a.Rows, b.Columns, a.Columns, Operand.Left(a, left), default, packed.Start, target, cStride, accumulate, workers);
        }

        GC.KeepAlive(packed);
    }

    public override PackedMatrix Pack(Matrix b, PackedMatrix? reuse = null, Workers? workers = null)
    {
        if (reuse is not null)
        {
            ArgumentSizes.CheckReuse(reuse, b.Rows, b.Columns);
        }

        PackedStrips packed = reuse is null ? new PackedStrips(this, b.Rows, b.Columns, TStrip.Width) : ArgumentSizes.CheckOwner<PackedStrips>(this, reuse);
        fixed (float* start = b.Values)
        {
            StripPacking<TStrip>.Run(Operand.Right(b, start), b.Columns, b.Rows, packed.Start, workers ?? Workers.Single);
        }

        GC.KeepAlive(packed);
        return packed;
    }

    public override void Sigmoid(ReadOnlySpan<float> x, Span<float> y) => Map<SigmoidOperator>(x, y);

    public override void Tanh(ReadOnlySpan<float> x, Span<float> y) => Map<TanhOperator>(x, y);

    public override void Exp(ReadOnlySpan<float> x, Span<float> y) => Map<ExpOperator>(x, y);

    public override float Sum(ReadOnlySpan<float> x) => Reductions.Sum<TLanes>(x);

    public override float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        return Reductions.Dot<TLanes>(x, y);
    }

    public override void AddColumnSums(ReadOnlySpan<float> x, int rows, int columns, Span<float> sums)
    {
        ArgumentSizes.CheckLength(x.Length, (long)rows * columns);
        ArgumentSizes.CheckLength(sums.Length, columns);
        Reductions.AddColumnSums<TLanes>(x, rows, columns, sums);
    }

    public override float Softmax(ReadOnlySpan<float> x, Span<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        return SoftmaxRow.Run<TLanes>(x, y);
    }

    public override void LogSoftmax(ReadOnlySpan<float> x, Span<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        SoftmaxRow.RunLog<TLanes>(x, y);
    }

    public override void LstmForward(int batch, int hidden, Span<float> gates, ReadOnlySpan<float> previousCell, Span<float> cell, Span<float> cellTanh, Span<float> output)
    {
        ArgumentSizes.CheckLstm(batch, hidden, gates.Length, previousCell.Length, cell.Length, cellTanh.Length, output.Length);
        LstmStep.Forward<TLanes>(batch, hidden, gates, previousCell, cell, cellTanh, output);
    }

    public override void LstmBackward(int batch, int hidden, ReadOnlySpan<float> gates, ReadOnlySpan<float> previousCell, ReadOnlySpan<float> cellTanh,
        ReadOnlySpan<float> outputGradient, Span<float> cellGradient, Span<float> gateGradient)
    {
        ArgumentSizes.CheckLstm(batch, hidden, gates.Length, previousCell.Length, cellTanh.Length, outputGradient.Length, cellGradient.Length);
        ArgumentSizes.CheckLength(gateGradient.Length, gates.Length);
        LstmStep.Backward<TLanes>(batch, hidden, gates, previousCell, cellTanh, outputGradient, cellGradient, gateGradient);
    }

    public override void AdamStep(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> mean, Span<float> variance, in AdamStep step)
    {
        ArgumentSizes.CheckLength(gradients.Length, weights.Length);
        ArgumentSizes.CheckLength(mean.Length, weights.Length);
        ArgumentSizes.CheckLength(variance.Length, weights.Length);
        AdamUpdate.Run<TLanes>(weights, gradients, mean, variance, step);
    }

    private static void Map<TOperator>(ReadOnlySpan<float> x, Span<float> y) where TOperator : struct, IOperator
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        Traversal.Map<TLanes, TOperator>(x, y);
    }
}
