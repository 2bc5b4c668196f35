using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Autograd.Operations;

/// <summary>Matrix products.</summary>
public static class Products
{
    /// <summary>y = x·Wᵀ + b on every row.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[…, I]</param>
    /// <param name="weight">W [O, I]</param>
    /// <param name="bias">b [O], or null.</param>
    /// <returns>[…, O]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor Linear(this Tape tape, Tensor x, Tensor weight, Tensor? bias = null)
    {
        int outputs = weight.Shape[0], inputs = weight.Shape[1];
        if (x.Rank == 0 || x.Shape[^1] != inputs || (bias is not null && bias.Length != outputs))
        {
            throw new ArgumentException($"linear: input {x}, weight {weight} and bias {bias?.ToString() ?? "none"} do not fit", nameof(x));
        }

        int rows = inputs == 0 ? 0 : x.Length / inputs;
        Tensor y = tape.Empty([.. x.Shape[..^1], outputs]);
        Forward();
        tape.Record("linear", [y], [x, weight, bias], () =>
        {
            var dy = new Matrix(y.Gradient, rows, outputs);
            if (x.NeedsGradient)
            {
                Span<float> gradient = tape.GradientOf(x, out bool adds);
                tape.Kernels.Multiply(dy, new Matrix(weight.Values, outputs, inputs), gradient, inputs, adds, tape.Workers);
            }

            if (weight.NeedsGradient)
            {
                Span<float> gradient = tape.GradientOf(weight, out bool adds);
                tape.Kernels.Multiply(dy.Transposed, new Matrix(x.Values, rows, inputs), gradient, inputs, adds, tape.Workers);
            }

            if (bias is not null)
            {
                Arithmetic.AccumulateRows(tape, bias, y.Gradient);
            }
        }, Forward);
        return y;

        void Forward()
        {
            FillRows(y.Values, bias is null ? [] : bias.Values);
            tape.Kernels.Multiply(new Matrix(x.Values, rows, inputs), new Matrix(weight.Values, outputs, inputs).Transposed,
                y.Values, outputs, accumulate: bias is not null, tape.Workers);
        }
    }

    /// <summary>A·B for each pair of matrices, either of them read as its transpose on request.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="a">[N, M, K], or [N, K, M] when transposed.</param>
    /// <param name="b">[N, K, O], or [N, O, K] when transposed.</param>
    /// <param name="transposeA">True to use Aᵀ.</param>
    /// <param name="transposeB">True to use Bᵀ.</param>
    /// <returns>[N, M, O]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor MatMul(this Tape tape, Tensor a, Tensor b, bool transposeA = false, bool transposeB = false)
    {
        int k = a.Rank == 3 ? a.Shape[transposeA ? 1 : 2] : -1;
        if (a.Rank != 3 || b.Rank != 3 || a.Shape[0] != b.Shape[0] || b.Shape[transposeB ? 2 : 1] != k)
        {
            throw new ArgumentException($"matmul: {a}{(transposeA ? "ᵀ" : "")} and {b}{(transposeB ? "ᵀ" : "")} do not fit", nameof(a));
        }

        int count = a.Shape[0], m = a.Shape[transposeA ? 2 : 1], n = b.Shape[transposeB ? 1 : 2];
        Tensor y = tape.Empty(count, m, n);
        for (int i = 0; i < count; i++)
        {
            tape.Kernels.Multiply(Read(a, i, transposeA), Read(b, i, transposeB), y.At(i).Values, n, accumulate: false, tape.Workers);
        }

        tape.Record("matmul", [y], [a, b], () =>
        {
            for (int i = 0; i < count; i++)
            {
                var dy = new Matrix(y.At(i).Gradient, m, n);
                if (a.NeedsGradient)
                {
                    tape.GradientOf(a);
                    Tensor part = a.At(i);
                    Matrix right = Read(b, i, transposeB);
                    if (transposeA)
                    {
                        tape.Kernels.Multiply(right, dy.Transposed, part.Gradient, m, accumulate: true, tape.Workers);
                    }
                    else
                    {
                        tape.Kernels.Multiply(dy, right.Transposed, part.Gradient, k, accumulate: true, tape.Workers);
                    }
                }

                if (b.NeedsGradient)
                {
                    tape.GradientOf(b);
                    Tensor part = b.At(i);
                    Matrix left = Read(a, i, transposeA);
                    if (transposeB)
                    {
                        tape.Kernels.Multiply(dy.Transposed, left, part.Gradient, k, accumulate: true, tape.Workers);
                    }
                    else
                    {
                        tape.Kernels.Multiply(left.Transposed, dy, part.Gradient, n, accumulate: true, tape.Workers);
                    }
                }
            }
        });
        return y;
    }

    /// <summary>Copies <paramref name="row"/> into every row; does nothing for an empty row.</summary>
    internal static void FillRows(Span<float> rows, ReadOnlySpan<float> row)
    {
        for (int at = 0; row.Length > 0 && at < rows.Length; at += row.Length)
        {
            row.CopyTo(rows[at..]);
        }
    }

    private static Matrix Read(Tensor stack, int index, bool transposed)
    {
        var matrix = new Matrix(stack.At(index).Values, stack.Shape[1], stack.Shape[2]);
        return transposed ? matrix.Transposed : matrix;
    }
}
