using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Autograd.Operations;

/// <summary>Functions of one number, applied to every element.</summary>
public static class Activations
{
    private const float InverseRootTwoPi = 0.39894228f;

    /// <summary>σ(x) = 1 / (1 + e^−x)</summary>
    public static Tensor Sigmoid(this Tape tape, Tensor x)
    {
        Tensor y = tape.Empty(x.Shape);
        tape.Kernels.Sigmoid(x.Values, y.Values);
        return Differentiate(tape, "sigmoid", x, y, (_, y) => y * (1 - y));
    }

    /// <summary>tanh x</summary>
    public static Tensor Tanh(this Tape tape, Tensor x)
    {
        Tensor y = tape.Empty(x.Shape);
        tape.Kernels.Tanh(x.Values, y.Values);
        return Differentiate(tape, "tanh", x, y, (_, y) => 1 - (y * y));
    }

    /// <summary>e^x</summary>
    public static Tensor Exp(this Tape tape, Tensor x)
    {
        Tensor y = tape.Empty(x.Shape);
        tape.Kernels.Exp(x.Values, y.Values);
        return Differentiate(tape, "exp", x, y, (_, y) => y);
    }

    /// <summary>ln x</summary>
    public static Tensor Log(this Tape tape, Tensor x)
    {
        Tensor y = tape.Empty(x.Shape);
        Map(x, y, MathF.Log);
        return Differentiate(tape, "log", x, y, (x, _) => 1 / x);
    }

    /// <summary>max(x, 0)</summary>
    public static Tensor Relu(this Tape tape, Tensor x)
    {
        Tensor y = tape.Empty(x.Shape);
        TensorPrimitives.Max(x.Values, 0f, y.Values);
        return Differentiate(tape, "relu", x, y, (x, _) => x > 0 ? 1 : 0);
    }

    /// <summary>x · Φ(x) with the normal distribution function Φ, exact form (Hendrycks &amp; Gimpel 2016).</summary>
    public static Tensor Gelu(this Tape tape, Tensor x)
    {
        Tensor y = tape.Empty(x.Shape);
        Map(x, y, x => x * ErrorFunction.NormalDistribution(x));
        return Differentiate(tape, "gelu", x, y, (x, _) => ErrorFunction.NormalDistribution(x) + (x * InverseRootTwoPi * MathF.Exp(-0.5f * x * x)));
    }

    /// <summary>ln(1 + e^x), which turns any number into a positive one.</summary>
    public static Tensor Softplus(this Tape tape, Tensor x)
    {
        Tensor y = tape.Empty(x.Shape);
        Map(x, y, x => MathF.Max(x, 0) + (float)double.LogP1(Math.Exp(-Math.Abs(x))));
        return Differentiate(tape, "softplus", x, y, (x, _) => 1 / (1 + MathF.Exp(-x)));
    }

    private static void Map(Tensor x, Tensor y, Func<float, float> function)
    {
        ReadOnlySpan<float> from = x.Values;
        Span<float> to = y.Values;
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = function(from[i]);
        }
    }

    private static Tensor Differentiate(Tape tape, string operation, Tensor x, Tensor y, Func<float, float, float> derivative)
    {
        tape.Record(operation, [y], [x], () =>
        {
            ReadOnlySpan<float> from = x.Values, to = y.Values, dy = y.Gradient;
            Span<float> dx = tape.GradientOf(x);
            for (int i = 0; i < from.Length; i++)
            {
                dx[i] += dy[i] * derivative(from[i], to[i]);
            }
        });
        return y;
    }
}
