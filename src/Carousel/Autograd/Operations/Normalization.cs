using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>Layer normalisation (Ba et al. 2016), forward and backward each as one pass over the rows.</summary>
public static class Normalization
{
    /// <summary>y = (x − μ) / √(v + ε) ⊙ γ + β with mean μ and biased variance v of each row.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[…, F]</param>
    /// <param name="gamma">γ [F], or null for ones.</param>
    /// <param name="beta">β [F], or null for zeros.</param>
    /// <param name="epsilon">ε, added to the variance; above 0.</param>
    /// <returns>[…, F]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or <paramref name="epsilon"/> is not above 0.</exception>
    public static Tensor LayerNorm(this Tape tape, Tensor x, Tensor? gamma = null, Tensor? beta = null, float epsilon = 1e-5f)
    {
        int width = x.Rank == 0 ? 0 : x.Shape[^1];
        if (width == 0 || (gamma is not null && gamma.Length != width) || (beta is not null && beta.Length != width))
        {
            throw new ArgumentException($"layer norm: input {x}, γ {gamma?.ToString() ?? "none"} and β {beta?.ToString() ?? "none"} do not fit", nameof(x));
        }

        if (!(epsilon > 0))
        {
            throw new ArgumentException($"layer norm: ε must be above 0, found {epsilon}", nameof(epsilon));
        }

        int rows = x.Length / width;
        Tensor y = tape.Empty(x.Shape), normalized = tape.Empty(rows, width), inverseDeviations = tape.Empty(rows);
        for (int row = 0; row < rows; row++)
        {
            Span<float> centred = normalized.At(row).Values, result = y.Values.Slice(row * width, width);
            ReadOnlySpan<float> values = x.Values.Slice(row * width, width);
            TensorPrimitives.Subtract(values, tape.Kernels.Sum(values) / width, centred);
            float inverse = 1 / MathF.Sqrt((tape.Kernels.Dot(centred, centred) / width) + epsilon);
            inverseDeviations.Values[row] = inverse;
            TensorPrimitives.Multiply(centred, inverse, centred);
            Affine(centred, gamma, beta, result);
        }

        tape.Record("layer_norm", [y], [x, gamma, beta], () =>
        {
            if (x.NeedsGradient)
            {
                AccumulateInput(tape, x, y, gamma, normalized, inverseDeviations.Values);
            }

            if (gamma is { NeedsGradient: true })
            {
                Span<float> sum = tape.GradientOf(gamma);
                for (int row = 0; row < rows; row++)
                {
                    TensorPrimitives.FusedMultiplyAdd(y.Gradient.Slice(row * width, width), normalized.At(row).Values, sum, sum);
                }
            }

            if (beta is not null)
            {
                Arithmetic.AccumulateRows(tape, beta, y.Gradient);
            }
        });
        return y;
    }

    private static void Affine(ReadOnlySpan<float> normalized, Tensor? gamma, Tensor? beta, Span<float> result)
    {
        if (gamma is null)
        {
            normalized.CopyTo(result);
        }
        else
        {
            TensorPrimitives.Multiply(normalized, gamma.Values, result);
        }

        if (beta is not null)
        {
            TensorPrimitives.Add(result, beta.Values, result);
        }
    }

    // With n = (x − μ)/σ and u = γ ⊙ ∂L/∂y:  ∂L/∂x = (u − mean u − n · mean(u ⊙ n)) / σ.
    private static void AccumulateInput(Tape tape, Tensor x, Tensor y, Tensor? gamma, Tensor normalized, ReadOnlySpan<float> inverseDeviations)
    {
        int width = x.Shape[^1];
        Span<float> dx = tape.GradientOf(x), scaled = tape.Empty(width).Values;
        for (int row = 0; row < inverseDeviations.Length; row++)
        {
            ReadOnlySpan<float> dy = y.Gradient.Slice(row * width, width), n = normalized.At(row).Values;
            Span<float> target = dx.Slice(row * width, width);
            if (gamma is null)
            {
                dy.CopyTo(scaled);
            }
            else
            {
                TensorPrimitives.Multiply(dy, gamma.Values, scaled);
            }

            float mean = tape.Kernels.Sum(scaled) / width, along = tape.Kernels.Dot(scaled, n) / width;
            TensorPrimitives.Subtract(scaled, mean, scaled);
            TensorPrimitives.FusedMultiplyAdd(n, -along, scaled, scaled);
            TensorPrimitives.FusedMultiplyAdd(scaled, inverseDeviations[row], target, target);
        }
    }
}
