using System.Numerics;
using System.Runtime.CompilerServices;

namespace Carousel.Runtime.Kernels.Products;

/// <summary>
/// The product for machines without instructions for bfloat16, and the reference for all others: operands are rounded to bfloat16 and multiplied as the float32 numbers they are.
/// </summary>
/// <param name="kernels">What multiplies.</param>
internal sealed class RoundedProduct(KernelSet kernels) : BrainFloatProduct
{
    /// <summary>The name under which it is reported.</summary>
    public const string ProductName = "rounded";

    [ThreadStatic]
    private static float[]? t_left;

    [ThreadStatic]
    private static float[]? t_right;

    public override string Name => ProductName;

    public override long RunPeak(int rounds) => kernels.RunPeak(rounds);

    public override PackedMatrix Pack(KernelSet owner, Matrix b, PackedMatrix? reuse, Workers workers) =>
        new Packed(owner, kernels.Pack(Rounded(b, ref t_right), (reuse as Packed)?.Values, workers));

    public override void Multiply(Matrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers) =>
        kernels.Multiply(Rounded(a, ref t_left), Rounded(b, ref t_right), c, cStride, accumulate, workers);

    public override void Multiply(Matrix a, PackedMatrix b, Span<float> c, int cStride, bool accumulate, Workers workers) =>
        kernels.Multiply(Rounded(a, ref t_left), ((Packed)b).Values, c, cStride, accumulate, workers);

    public override int StackLength(int rows, int columns) => kernels.StackLength(rows, columns);

    public override void Stack(Matrix rows, int first, Span<float> memory, int capacity) => kernels.Stack(Rounded(rows, ref t_left), first, memory, capacity);

    public override void Multiply(StackedMatrix a, Matrix b, Span<float> c, int cStride, bool accumulate, Workers workers) =>
        kernels.Multiply(a, Rounded(b, ref t_right), c, cStride, accumulate, workers);

    /// <summary>y = x rounded to bfloat16: to nearest, ties to even; 0 for denormal numbers, ∞ above the largest, NaN stays NaN.</summary>
    /// <param name="x">[n]</param>
    /// <param name="y">[n]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Round(ReadOnlySpan<float> x, Span<float> y)
    {
        int at = 0;
        for (; at <= x.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Round(new Vector<float>(x[at..])).CopyTo(y[at..]);
        }

        for (; at < x.Length; at++)
        {
            y[at] = Round(new Vector<float>(x[at]))[0];
        }
    }

    private static Vector<float> Round(Vector<float> x)
    {
        const uint Exponent = 0x7F80_0000, Sign = 0x8000_0000, UpperHalf = 0xFFFF_0000, HalfStep = 0x7FFF;
        Vector<uint> bits = Vector.AsVectorUInt32(x);

        // Just below half a step, or half a step where the upper half is odd, goes into the upper half as a carry.
        Vector<uint> rounded = (bits + new Vector<uint>(HalfStep) + ((bits >>> 16) & Vector<uint>.One)) & new Vector<uint>(UpperHalf);
        Vector<uint> isTiny = Vector.Equals(bits & new Vector<uint>(Exponent), Vector<uint>.Zero);
        rounded = Vector.ConditionalSelect(isTiny, bits & new Vector<uint>(Sign), rounded);
        return Vector.ConditionalSelect(Vector.Equals(x, x), Vector.AsVectorSingle(rounded), x);
    }

    // Without the gaps of the original; read as its transpose where that is.
    private static Matrix Rounded(Matrix matrix, ref float[]? scratch)
    {
        int rows = matrix.StoredRows, columns = matrix.StoredColumns, length = checked(rows * columns);
        if (scratch is null || scratch.Length < length)
        {
            scratch = GC.AllocateUninitializedArray<float>(length);
        }

        Span<float> values = scratch.AsSpan(0, length);
        if (matrix.Stride == columns)
        {
            Round(matrix.Values[..length], values);
        }
        else
        {
            for (int row = 0; row < rows; row++)
            {
                Round(matrix.Values.Slice(row * matrix.Stride, columns), values.Slice(row * columns, columns));
            }
        }

        var rounded = new Matrix(values, rows, columns);
        return matrix.IsTransposed ? rounded.Transposed : rounded;
    }

    private sealed class Packed(KernelSet owner, PackedMatrix values) : PackedMatrix(owner, values.Rows, values.Columns)
    {
        public PackedMatrix Values => values;
    }
}
