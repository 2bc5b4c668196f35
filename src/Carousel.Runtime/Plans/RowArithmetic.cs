using System.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>Sums and products of rows, each rounded on its own as in training. An output may be an input.</summary>
internal static class RowArithmetic
{
    /// <summary>y = a + b</summary>
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
    {
        int i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(a[i..]) + new Vector<float>(b[i..])).CopyTo(y[i..]);
        }

        for (; i < y.Length; i++)
        {
            y[i] = a[i] + b[i];
        }
    }

    /// <summary>y = a ⊙ b</summary>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
    {
        int i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(a[i..]) * new Vector<float>(b[i..])).CopyTo(y[i..]);
        }

        for (; i < y.Length; i++)
        {
            y[i] = a[i] * b[i];
        }
    }

    /// <summary>y = b where b > a, else a</summary>
    public static void Max(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
    {
        int i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> left = new(a[i..]), right = new(b[i..]);
            Vector.ConditionalSelect(Vector.GreaterThan(right, left), right, left).CopyTo(y[i..]);
        }

        for (; i < y.Length; i++)
        {
            y[i] = b[i] > a[i] ? b[i] : a[i];
        }
    }

    /// <summary>y = x / divisor</summary>
    public static void Divide(ReadOnlySpan<float> x, float divisor, Span<float> y)
    {
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = x[i] / divisor;
        }
    }

    /// <summary>x = x · factor</summary>
    public static void Scale(Span<float> x, float factor)
    {
        foreach (ref float value in x)
        {
            value *= factor;
        }
    }

    /// <summary>y = (x + shift) · factor</summary>
    public static void ShiftAndScale(ReadOnlySpan<float> x, float shift, float factor, Span<float> y)
    {
        Vector<float> shifts = new(shift), factors = new(factor);
        int i = 0;
        for (; i <= y.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            ((new Vector<float>(x[i..]) + shifts) * factors).CopyTo(y[i..]);
        }

        for (; i < y.Length; i++)
        {
            y[i] = (x[i] + shift) * factor;
        }
    }

    /// <summary>y = (x − μ) / √(variance + ε) ⊙ γ + β, biased variance (Ba et al. 2016); γ and β may be empty for 1 and 0.</summary>
    /// <param name="kernels">The reductions.</param>
    /// <param name="x">[F]</param>
    /// <param name="gamma">[F] or empty.</param>
    /// <param name="beta">[F] or empty.</param>
    /// <param name="epsilon">ε</param>
    /// <param name="y">[F], may be x.</param>
    public static void Normalise(KernelSet kernels, ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float epsilon, Span<float> y)
    {
        ShiftAndScale(x, -(kernels.Sum(x) / x.Length), 1, y);
        ShiftAndScale(y, 0, 1 / MathF.Sqrt((kernels.Dot(y, y) / y.Length) + epsilon), y);
        if (!gamma.IsEmpty)
        {
            Multiply(y, gamma, y);
        }

        if (!beta.IsEmpty)
        {
            Add(y, beta, y);
        }
    }
}
