namespace Carousel.Runtime.Kernels;

/// <summary>The reference: every kernel as a plain loop, one element at a time. All other sets are tested against it.</summary>
public sealed class ScalarKernels : KernelSet
{
    /// <inheritdoc/>
    public override string Name => "scalar";

    /// <inheritdoc/>
    public override void Multiply(Matrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers)
    {
        int m = a.Rows, n = b.Columns, k = a.Columns;
        if (b.Rows != k || cStride < n)
        {
            throw new ArgumentException($"cannot multiply [{m}, {k}] by [{b.Rows}, {n}] into rows of {cStride}");
        }

        for (int i = 0; i < m; i++)
        {
            Span<float> row = c.Slice(i * cStride, n);
            if (!accumulate)
            {
                row.Clear();
            }

            for (int slab = 0; slab < k; slab += Slab)
            {
                int end = Math.Min(k, slab + Slab);
                for (int j = 0; j < n; j++)
                {
                    float sum = 0;
                    for (int p = slab; p < end; p++)
                    {
                        float left = a.IsTransposed ? a.Values[(p * a.Stride) + i] : a.Values[(i * a.Stride) + p];
                        float right = b.IsTransposed ? b.Values[(j * b.Stride) + p] : b.Values[(p * b.Stride) + j];
                        sum = MathF.FusedMultiplyAdd(left, right, sum);
                    }

                    row[j] += sum;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override PackedMatrix Pack(Matrix b, PackedMatrix? reuse = null)
    {
        float[] values = new float[b.Rows * b.Columns];
        for (int row = 0; row < b.Rows; row++)
        {
            for (int column = 0; column < b.Columns; column++)
            {
                values[(row * b.Columns) + column] = b.IsTransposed ? b.Values[(column * b.Stride) + row] : b.Values[(row * b.Stride) + column];
            }
        }

        return new Plain(this, b.Rows, b.Columns, values);
    }

    /// <inheritdoc/>
    public override void Multiply(Matrix a, PackedMatrix b, Span<float> c, int cStride, bool accumulate, Workers workers) =>
        Multiply(a, new Matrix(((Plain)b).Values, b.Rows, b.Columns), c, cStride, accumulate, workers);

    /// <inheritdoc/>
    public override void Sigmoid(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = 1 / (1 + MathF.Exp(-x[i]));
        }
    }

    /// <inheritdoc/>
    public override void Tanh(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = MathF.Tanh(x[i]);
        }
    }

    /// <inheritdoc/>
    public override void Exp(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = MathF.Exp(x[i]);
        }
    }

    /// <inheritdoc/>
    public override float Sum(ReadOnlySpan<float> x)
    {
        float sum = 0;
        foreach (float value in x)
        {
            sum += value;
        }

        return sum;
    }

    /// <inheritdoc/>
    public override float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        float sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum = MathF.FusedMultiplyAdd(x[i], y[i], sum);
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void AddColumnSums(ReadOnlySpan<float> x, int rows, int columns, Span<float> sums)
    {
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
        float max = float.NegativeInfinity;
        foreach (float value in x)
        {
            max = MathF.Max(max, value);
        }

        float sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += y[i] = MathF.Exp(x[i] - max);
        }

        for (int i = 0; i < x.Length; i++)
        {
            y[i] /= sum;
        }

        return max + MathF.Log(sum);
    }

    /// <inheritdoc/>
    public override void LstmForward(int batch, int hidden, Span<float> gates, ReadOnlySpan<float> previousCell, Span<float> cell, Span<float> cellTanh, Span<float> output)
    {
        for (int row = 0; row < batch; row++)
        {
            Span<float> z = gates.Slice(row * 4 * hidden, 4 * hidden);
            Sigmoid(z[..(2 * hidden)], z[..(2 * hidden)]);
            Tanh(z.Slice(2 * hidden, hidden), z.Slice(2 * hidden, hidden));
            Sigmoid(z[(3 * hidden)..], z[(3 * hidden)..]);
            for (int unit = 0; unit < hidden; unit++)
            {
                int at = (row * hidden) + unit;
                float i = z[unit], f = z[hidden + unit], g = z[(2 * hidden) + unit], o = z[(3 * hidden) + unit];
                cell[at] = MathF.FusedMultiplyAdd(f, previousCell[at], i * g);
                cellTanh[at] = MathF.Tanh(cell[at]);
                output[at] = o * cellTanh[at];
            }
        }
    }

    /// <inheritdoc/>
    public override void LstmBackward(int batch, int hidden, ReadOnlySpan<float> gates, ReadOnlySpan<float> previousCell, ReadOnlySpan<float> cellTanh,
        ReadOnlySpan<float> outputGradient, Span<float> cellGradient, Span<float> gateGradient)
    {
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
                dz[unit] = dc * g * (i * (1 - i));
                dz[hidden + unit] = dc * previousCell[at] * (f * (1 - f));
                dz[(2 * hidden) + unit] = dc * i * (1 - (g * g));
                dz[(3 * hidden) + unit] = dh * tanh * (o * (1 - o));
                cellGradient[at] = dc * f;
            }
        }
    }

    /// <inheritdoc/>
    public override void AdamStep(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> mean, Span<float> variance, in AdamStep step)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            float g = gradients[i] * step.GradientScale;
            mean[i] = MathF.FusedMultiplyAdd(step.Beta1, mean[i], (1 - step.Beta1) * g);
            variance[i] = MathF.FusedMultiplyAdd(step.Beta2, variance[i], (1 - step.Beta2) * g * g);
            float root = MathF.FusedMultiplyAdd(MathF.Sqrt(variance[i]), step.InverseRootCorrection, step.Epsilon);
            weights[i] = ((1 - step.Decay) * weights[i]) - (step.Rate * mean[i] / root);
        }
    }

    private sealed class Plain(KernelSet owner, int rows, int columns, float[] values) : PackedMatrix(owner, rows, columns)
    {
        public float[] Values { get; } = values;
    }
}
