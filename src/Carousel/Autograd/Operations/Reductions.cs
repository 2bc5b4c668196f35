using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>Many numbers into one.</summary>
public static class Reductions
{
    /// <summary>The sum of all elements, in the fixed order of the kernel set.</summary>
    /// <returns>A single number.</returns>
    public static Tensor Sum(this Tape tape, Tensor x)
    {
        Tensor y = tape.Empty();
        Forward();
        tape.Record("sum", [y], [x], () =>
        {
            Span<float> dx = tape.GradientOf(x);
            TensorPrimitives.Add(dx, y.Gradient[0], dx);
        }, Forward);
        return y;

        void Forward() => y.Values[0] = tape.Kernels.Sum(x.Values);
    }

    /// <summary>The mean of all elements; NaN for an empty tensor.</summary>
    /// <returns>A single number.</returns>
    public static Tensor Mean(this Tape tape, Tensor x) => tape.Scale(tape.Sum(x), 1f / x.Length);
}
