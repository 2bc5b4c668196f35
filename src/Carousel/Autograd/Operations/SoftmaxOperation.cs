using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>The soft-max over the last axis.</summary>
public static class SoftmaxOperation
{
    /// <summary>y = e^x / Σ e^x along the last axis. −∞ gives exactly 0, so a mask is −∞ added to the scores.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="x">[…, V]</param>
    /// <returns>[…, V], each row summing to 1.</returns>
    public static Tensor Softmax(this Tape tape, Tensor x)
    {
        int width = x.Shape[^1];
        Tensor y = tape.Empty(x.Shape);
        for (int at = 0; at < x.Length; at += width)
        {
            tape.Kernels.Softmax(x.Values.Slice(at, width), y.Values.Slice(at, width));
        }

        tape.Record("softmax", [y], [x], () => Accumulate(tape, x, y));
        return y;
    }

    /// <summary>Adds p ⊙ (∂L/∂p − p·∂L/∂p), row by row, to the gradient of what the soft-max <paramref name="y"/> was taken of.</summary>
    internal static void Accumulate(Tape tape, Tensor x, Tensor y)
    {
        int width = x.Shape[^1];
        Span<float> dx = tape.GradientOf(x);
        for (int at = 0; at < x.Length; at += width)
        {
            ReadOnlySpan<float> p = y.Values.Slice(at, width), dy = y.Gradient.Slice(at, width);
            float mean = tape.Kernels.Dot(p, dy);
            Span<float> row = dx.Slice(at, width);
            for (int i = 0; i < width; i++)
            {
                row[i] += p[i] * (dy[i] - mean);
            }
        }
    }
}
