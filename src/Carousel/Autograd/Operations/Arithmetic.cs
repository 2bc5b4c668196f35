using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>
/// Sums, differences and products, element by element. The second operand's shape may be a suffix of the first's ([H] beside [T, B, H]): it is then repeated.
/// </summary>
public static class Arithmetic
{
    /// <summary>a + b</summary>
    /// <exception cref="ArgumentException">The shape of <paramref name="b"/> is no suffix of that of <paramref name="a"/>.</exception>
    public static Tensor Add(this Tape tape, Tensor a, Tensor b)
    {
        int width = Repeated(a, b, "add");
        Tensor y = tape.Empty(a.Shape);
        Forward();
        tape.Record("add", [y], [a, b], () =>
        {
            Accumulate(tape, a, y.Gradient);
            AccumulateRows(tape, b, y.Gradient);
        }, Forward);
        return y;

        void Forward()
        {
            for (int at = 0; at < a.Length; at += width)
            {
                TensorPrimitives.Add(a.Values.Slice(at, width), b.Values, y.Values.Slice(at, width));
            }
        }
    }

    /// <summary>a − b</summary>
    /// <exception cref="ArgumentException">The shape of <paramref name="b"/> is no suffix of that of <paramref name="a"/>.</exception>
    public static Tensor Subtract(this Tape tape, Tensor a, Tensor b) => tape.Add(a, tape.Scale(b, -1));

    /// <summary>a ⊙ b</summary>
    /// <exception cref="ArgumentException">The shape of <paramref name="b"/> is no suffix of that of <paramref name="a"/>.</exception>
    public static Tensor Multiply(this Tape tape, Tensor a, Tensor b)
    {
        int width = Repeated(a, b, "multiply");
        Tensor y = tape.Empty(a.Shape);
        Forward();
        tape.Record("multiply", [y], [a, b], () =>
        {
            for (int at = 0; at < a.Length; at += width)
            {
                ReadOnlySpan<float> dy = y.Gradient.Slice(at, width);
                if (a.NeedsGradient)
                {
                    Span<float> da = tape.GradientOf(a).Slice(at, width);
                    TensorPrimitives.FusedMultiplyAdd(dy, b.Values, da, da);
                }

                if (b.NeedsGradient)
                {
                    Span<float> db = tape.GradientOf(b);
                    TensorPrimitives.FusedMultiplyAdd(dy, a.Values.Slice(at, width), db, db);
                }
            }
        }, Forward);
        return y;

        void Forward()
        {
            for (int at = 0; at < a.Length; at += width)
            {
                TensorPrimitives.Multiply(a.Values.Slice(at, width), b.Values, y.Values.Slice(at, width));
            }
        }
    }

    /// <summary>factor · a + offset</summary>
    public static Tensor Scale(this Tape tape, Tensor a, float factor, float offset = 0)
    {
        Tensor y = tape.Empty(a.Shape);
        Forward();
        tape.Record("scale", [y], [a], () =>
        {
            Span<float> da = tape.GradientOf(a);
            TensorPrimitives.MultiplyAdd(y.Gradient, factor, da, da);
        }, Forward);
        return y;

        void Forward()
        {
            TensorPrimitives.Multiply(a.Values, factor, y.Values);
            if (offset != 0)
            {
                TensorPrimitives.Add(y.Values, offset, y.Values);
            }
        }
    }

    /// <summary>1 − a</summary>
    public static Tensor OneMinus(this Tape tape, Tensor a) => tape.Scale(a, -1, 1);

    /// <summary>a limited to [low, high]; no gradient flows where the limit acts.</summary>
    /// <exception cref="ArgumentException"><paramref name="low"/> is not below <paramref name="high"/>.</exception>
    public static Tensor Clamp(this Tape tape, Tensor a, float low, float high)
    {
        if (!(low < high))
        {
            throw new ArgumentException($"clamp needs low < high, found [{low}, {high}]", nameof(low));
        }

        Tensor y = tape.Empty(a.Shape);
        TensorPrimitives.Clamp(a.Values, low, high, y.Values);
        tape.Record("clamp", [y], [a], () =>
        {
            ReadOnlySpan<float> x = a.Values, dy = y.Gradient;
            Span<float> da = tape.GradientOf(a);
            for (int i = 0; i < x.Length; i++)
            {
                if (x[i] >= low && x[i] <= high)
                {
                    da[i] += dy[i];
                }
            }
        });
        return y;
    }

    /// <summary>Adds <paramref name="gradient"/> to that of <paramref name="tensor"/> if it needs one.</summary>
    internal static void Accumulate(Tape tape, Tensor tensor, ReadOnlySpan<float> gradient)
    {
        if (tensor.NeedsGradient)
        {
            Span<float> sum = tape.GradientOf(tensor);
            TensorPrimitives.Add(sum, gradient, sum);
        }
    }

    /// <summary>Adds every row of <paramref name="gradient"/>, in order, to the gradient of a tensor that was repeated over the rows.</summary>
    internal static void AccumulateRows(Tape tape, Tensor tensor, ReadOnlySpan<float> gradient)
    {
        if (tensor.NeedsGradient && tensor.Length > 0)
        {
            tape.Kernels.AddColumnSums(gradient, gradient.Length / tensor.Length, tensor.Length, tape.GradientOf(tensor));
        }
    }

    private static int Repeated(Tensor a, Tensor b, string operation)
    {
        bool fits = b.Rank <= a.Rank && a.Shape[(a.Rank - b.Rank)..].SequenceEqual(b.Shape);
        return fits ? Math.Max(b.Length, 1) : throw new ArgumentException($"cannot {operation} {a} and {b}: the second shape must be a suffix of the first", nameof(b));
    }
}
