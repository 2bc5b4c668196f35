using Carousel.Runtime.Kernels.Elementwise;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Kernels;

/// <summary>The reference: every kernel as a plain loop, one element at a time, in the order of operations that all sets share. All other sets are tested against it.</summary>
public sealed class ScalarKernels : KernelSet
{
    /// <inheritdoc/>
    public override string Name => "scalar";

    /// <inheritdoc/>
    public override long RunPeak(int rounds)
    {
        const int Chains = 8;
        float a = 1e-3f, s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        for (int round = 0; round < rounds; round++)
        {
            s0 = MathF.FusedMultiplyAdd(a, a, s0);
            s1 = MathF.FusedMultiplyAdd(a, a, s1);
            s2 = MathF.FusedMultiplyAdd(a, a, s2);
            s3 = MathF.FusedMultiplyAdd(a, a, s3);
            s4 = MathF.FusedMultiplyAdd(a, a, s4);
            s5 = MathF.FusedMultiplyAdd(a, a, s5);
            s6 = MathF.FusedMultiplyAdd(a, a, s6);
            s7 = MathF.FusedMultiplyAdd(a, a, s7);
        }

        // Looking at the sums keeps the loop from being dropped.
        return float.IsNaN(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7) ? 0 : 2L * Chains * rounds;
    }

    /// <inheritdoc/>
    internal override StepKernels Steps { get; } = new VectorStepKernels<Lanes32, Lanes32>(tallestTile: 1);

    /// <inheritdoc/>
    public override void Multiply(Matrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        ArgumentSizes.CheckProduct(a.Rows, a.Columns, b.Rows, b.Columns, c.Length, cStride);
        for (int i = 0; i < a.Rows; i++)
        {
            Span<float> row = b.Columns == 0 ? [] : c.Slice(i * cStride, b.Columns);
            if (!accumulate)
            {
                row.Clear();
            }

            for (int slab = 0; slab < a.Columns; slab += Slab)
            {
                int end = Math.Min(a.Columns, slab + Slab);
                for (int j = 0; j < b.Columns; j++)
                {
                    float sum = 0;
                    for (int k = slab; k < end; k++)
                    {
                        sum = MathF.FusedMultiplyAdd(Element(a, i, k), Element(b, k, j), sum);
                    }

                    row[j] += sum;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override PackedMatrix Pack(Matrix b, PackedMatrix? reuse = null, Workers? workers = null)
    {
        if (reuse is not null)
        {
            ArgumentSizes.CheckReuse(reuse, b.Rows, b.Columns);
        }

        Plain packed = reuse is null ? new Plain(this, b.Rows, b.Columns) : ArgumentSizes.CheckOwner<Plain>(this, reuse);
        for (int row = 0; row < b.Rows; row++)
        {
            for (int column = 0; column < b.Columns; column++)
            {
                packed.Values[(row * b.Columns) + column] = Element(b, row, column);
            }
        }

        return packed;
    }

    /// <inheritdoc/>
    public override void Multiply(Matrix a, PackedMatrix b, Span<float> c, int cStride, bool accumulate, Workers workers) =>
        Multiply(a, new Matrix(ArgumentSizes.CheckOwner<Plain>(this, b).Values, b.Rows, b.Columns), c, cStride, accumulate, workers);

    /// <inheritdoc/>
    public override void Sigmoid(ReadOnlySpan<float> x, Span<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = Sigmoid(x[i]);
        }
    }

    /// <inheritdoc/>
    public override void Tanh(ReadOnlySpan<float> x, Span<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = Tanh(x[i]);
        }
    }

    /// <inheritdoc/>
    public override void Exp(ReadOnlySpan<float> x, Span<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = Exp(x[i]);
        }
    }

    /// <inheritdoc/>
    public override float Sum(ReadOnlySpan<float> x)
    {
        Span<float> lanes = stackalloc float[ReductionLanes];
        for (int i = 0; i < x.Length; i++)
        {
            lanes[i % ReductionLanes] += x[i];
        }

        return SumLanes(lanes);
    }

    /// <inheritdoc/>
    public override float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        Span<float> lanes = stackalloc float[ReductionLanes];
        for (int i = 0; i < x.Length; i++)
        {
            lanes[i % ReductionLanes] = MathF.FusedMultiplyAdd(x[i], y[i], lanes[i % ReductionLanes]);
        }

        return SumLanes(lanes);
    }

    /// <inheritdoc/>
    public override void AddColumnSums(ReadOnlySpan<float> x, int rows, int columns, Span<float> sums)
    {
        ArgumentSizes.CheckLength(x.Length, (long)rows * columns);
        ArgumentSizes.CheckLength(sums.Length, columns);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                sums[column] += x[(row * columns) + column];
            }
        }
    }

    /// <inheritdoc/>
    public override float Softmax(ReadOnlySpan<float> x, Span<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        float max = float.NegativeInfinity;
        foreach (float value in x)
        {
            max = value > max ? value : max;
        }

        for (int i = 0; i < x.Length; i++)
        {
            y[i] = Exp(x[i] - max);
        }

        float sum = Sum(y), scale = 1 / sum;
        for (int i = 0; i < x.Length; i++)
        {
            y[i] *= scale;
        }

        return max + MathF.Log(sum);
    }

    /// <inheritdoc/>
    public override void LogSoftmax(ReadOnlySpan<float> x, Span<float> y)
    {
        ArgumentSizes.CheckLength(y.Length, x.Length);
        float logSum = Softmax(x, new float[x.Length]);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = x[i] - logSum;
        }
    }

    /// <inheritdoc/>
    public override void LstmForward(int batch, int hidden, Span<float> gates, ReadOnlySpan<float> previousCell, Span<float> cell, Span<float> cellTanh, Span<float> output)
    {
        ArgumentSizes.CheckLstm(batch, hidden, gates.Length, previousCell.Length, cell.Length, cellTanh.Length, output.Length);
        for (int row = 0; row < batch; row++)
        {
            Span<float> z = gates.Slice(row * 4 * hidden, 4 * hidden);
            for (int unit = 0; unit < hidden; unit++)
            {
                int at = (row * hidden) + unit;
                float i = z[unit] = Sigmoid(z[unit]);
                float f = z[hidden + unit] = Sigmoid(z[hidden + unit]);
                float g = z[(2 * hidden) + unit] = Tanh(z[(2 * hidden) + unit]);
                float o = z[(3 * hidden) + unit] = Sigmoid(z[(3 * hidden) + unit]);
                cell[at] = FlushTiny(MathF.FusedMultiplyAdd(f, previousCell[at], i * g));
                cellTanh[at] = Tanh(cell[at]);
                output[at] = o * cellTanh[at];
            }
        }
    }

    /// <inheritdoc/>
    public override void LstmBackward(int batch, int hidden, ReadOnlySpan<float> gates, ReadOnlySpan<float> previousCell, ReadOnlySpan<float> cellTanh,
        ReadOnlySpan<float> outputGradient, Span<float> cellGradient, Span<float> gateGradient)
    {
        ArgumentSizes.CheckLstm(batch, hidden, gates.Length, previousCell.Length, cellTanh.Length, outputGradient.Length, cellGradient.Length);
        ArgumentSizes.CheckLength(gateGradient.Length, gates.Length);
        for (int row = 0; row < batch; row++)
        {
            ReadOnlySpan<float> a = gates.Slice(row * 4 * hidden, 4 * hidden);
            Span<float> dz = gateGradient.Slice(row * 4 * hidden, 4 * hidden);
            for (int unit = 0; unit < hidden; unit++)
            {
                int at = (row * hidden) + unit;
                float i = a[unit], f = a[hidden + unit], g = a[(2 * hidden) + unit], o = a[(3 * hidden) + unit];
                float tanh = cellTanh[at], dh = outputGradient[at];
                float dc = MathF.FusedMultiplyAdd(dh * o, 1 - (tanh * tanh), cellGradient[at]);
                dz[unit] = FlushTiny(dc * g * (i * (1 - i)));
                dz[hidden + unit] = FlushTiny(dc * previousCell[at] * (f * (1 - f)));
                dz[(2 * hidden) + unit] = FlushTiny(dc * i * (1 - (g * g)));
                dz[(3 * hidden) + unit] = FlushTiny(dh * tanh * (o * (1 - o)));
                cellGradient[at] = FlushTiny(dc * f);
            }
        }
    }

    /// <inheritdoc/>
    public override void AdamStep(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> mean, Span<float> variance, in AdamStep step)
    {
        ArgumentSizes.CheckLength(gradients.Length, weights.Length);
        ArgumentSizes.CheckLength(mean.Length, weights.Length);
        ArgumentSizes.CheckLength(variance.Length, weights.Length);
        for (int i = 0; i < weights.Length; i++)
        {
            float g = gradients[i] * step.GradientScale;
            mean[i] = FlushTiny(MathF.FusedMultiplyAdd(step.Beta1, mean[i], (1 - step.Beta1) * g));
            variance[i] = FlushTiny(MathF.FusedMultiplyAdd(step.Beta2, variance[i], (1 - step.Beta2) * g * g));
            float root = MathF.FusedMultiplyAdd(MathF.Sqrt(variance[i]), step.InverseRootCorrection, step.Epsilon);
            weights[i] = ((1 - step.Decay) * weights[i]) - (step.Rate * mean[i] / root);
        }
    }

    // One number at a time, the formulas of Elementwise/SigmoidOperator, TanhOperator, ExpOperator and Tiny: those files say why.

    private static float Sigmoid(float x)
    {
        float bounded = -x > SigmoidOperator.Bound ? SigmoidOperator.Bound : -x < -SigmoidOperator.Bound ? -SigmoidOperator.Bound : 0 - x;
        float r = Reduce(bounded, out float shifted);
        float power = MathF.FusedMultiplyAdd(r, Quotient(r), 1);
        return 1 / MathF.FusedMultiplyAdd(power, AddToExponent(1, shifted), 1);
    }

    private static float Tanh(float x)
    {
        float magnitude = MathF.Abs(x), twice = magnitude + magnitude;
        float r = Reduce(twice > TanhOperator.Bound ? TanhOperator.Bound : twice, out float shifted);
        float power = AddToExponent(1, shifted);
        float m = MathF.FusedMultiplyAdd(power, r * Quotient(r), power - 1);
        return MathF.CopySign(m / (m + 2), x);
    }

    private static float Exp(float x)
    {
        float r = Reduce(x, out float shifted);
        float value = AddToExponent(MathF.FusedMultiplyAdd(r, Quotient(r), 1), shifted);
        return float.IsNaN(x) ? x : x > ExpOperator.Largest ? float.PositiveInfinity : x < ExpOperator.Smallest ? 0 : value;
    }

    private static float Reduce(float x, out float shifted)
    {
        shifted = MathF.FusedMultiplyAdd(x, ExponentialSeries.InverseLn2, ExponentialSeries.Rounder);
        float n = shifted - ExponentialSeries.Rounder;
        return MathF.FusedMultiplyAdd(n, -ExponentialSeries.Ln2Low, MathF.FusedMultiplyAdd(n, -ExponentialSeries.Ln2High, x));
    }

    private static float Quotient(float r)
    {
        float q = MathF.FusedMultiplyAdd(ExponentialSeries.C6, r, ExponentialSeries.C5);
        q = MathF.FusedMultiplyAdd(q, r, ExponentialSeries.C4);
        q = MathF.FusedMultiplyAdd(q, r, ExponentialSeries.C3);
        q = MathF.FusedMultiplyAdd(q, r, ExponentialSeries.C2);
        return MathF.FusedMultiplyAdd(q, r, 1);
    }

    private static float AddToExponent(float value, float shifted) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) + (BitConverter.SingleToInt32Bits(shifted) << 23));

    private static float FlushTiny(float x) => MathF.Abs(x) < Tiny.Limit ? 0 : x;

    private static float SumLanes(Span<float> lanes)
    {
        for (int half = ReductionLanes / 2; half > 0; half /= 2)
        {
            for (int lane = 0; lane < half; lane++)
            {
                lanes[lane] += lanes[lane + half];
            }
        }

        return lanes[0];
    }

    private static float Element(Matrix matrix, int row, int column) =>
        matrix.Values[matrix.IsTransposed ? (column * matrix.Stride) + row : (row * matrix.Stride) + column];

    private sealed class Plain(KernelSet owner, int rows, int columns) : PackedMatrix(owner, rows, columns)
    {
        public float[] Values { get; } = new float[rows * columns];
    }
}
