using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Jit.Tests;

/// <summary>What all emitted products in bfloat16 promise.</summary>
public abstract class PairProductTests
{
    private const float Guard = 12345.678f;

    /// <summary>Every height of a tile, every part of a strip, pairs without a partner, several slabs, blocks and panels.</summary>
    public static TheoryData<int, int, int> Sizes =>
    [
        .. Enumerable.Range(1, 30).Select(rows => new TheoryDataRow<int, int, int>(rows, 33, 7)),
        .. Enumerable.Range(1, 66).Select(columns => new TheoryDataRow<int, int, int>(3, columns, 5)),
        .. Enumerable.Range(1, 70).Select(depth => new TheoryDataRow<int, int, int>(5, 19, depth)),
        .. new (int, int, int)[] { (1, 1, 1), (20, 800, 200), (29, 65, 383), (15, 40, 384), (16, 31, 385), (13, 32, 769), (14, 48, 1155), (225, 47, 33), (449, 17, 401), (7, 800, 12), (113, 401, 770), (3, 1601, 130), (640, 100, 64) }
            .Select(size => new TheoryDataRow<int, int, int>(size.Item1, size.Item2, size.Item3)),
    ];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Multiply_agrees_with_float64_over_the_rounded_operands(int rows, int columns, int depth)
    {
        MixedKernels mixed = Emit();
        var random = new Random((rows * 100_000) + (columns * 1000) + depth);
        float[] a = Values(random, rows * depth), b = Values(random, depth * columns), before = Values(random, rows * columns);
        foreach (bool accumulate in new[] { false, true })
        {
            (double[] exact, double[] magnitudes) = Exact(a, b, before, rows, columns, depth, accumulate);
            foreach (bool transposeA in new[] { false, true })
            {
                foreach (bool transposeB in new[] { false, true })
                {
                    int gap = transposeA ? 3 : 0, cStride = columns + gap;
                    using var operands = new Operands(a, b, rows, columns, depth, transposeA, transposeB, gap);
                    float[] c = Run(before, rows, columns, cStride, (target, stride) => mixed.Multiply(operands.A, operands.B, target, stride, accumulate, Workers.Single));
                    AssertClose(exact, magnitudes, c, rows, columns, cStride, depth);

                    // Packed: the same bits.
                    PackedMatrix packed = mixed.Pack(operands.B);
                    Assert.Equal(Bits(c), Bits(Run(before, rows, columns, cStride, (target, stride) => mixed.Multiply(operands.A, packed, target, stride, accumulate, Workers.Single))));
                    Assert.Same(packed, mixed.Pack(operands.B, packed));
                    Assert.Equal(Bits(c), Bits(Run(before, rows, columns, cStride, (target, stride) => mixed.Multiply(operands.A, packed, target, stride, accumulate, Workers.Single))));
                }
            }
        }
    }

    [Theory]
    [InlineData(640, 700, 200, 2)]
    [InlineData(640, 700, 200, 3)]
    [InlineData(20, 1000, 401, 2)]
    [InlineData(2000, 33, 400, 5)]
    public void Multiply_any_number_of_threads_same_bits(int rows, int columns, int depth, int threads)
    {
        MixedKernels mixed = Emit();
        var random = new Random(7);
        float[] a = Values(random, rows * depth), b = Values(random, depth * columns), before = Values(random, rows * columns);
        using var workers = new Workers(threads);
        foreach (bool transposed in new[] { false, true })
        {
            using var operands = new Operands(a, b, rows, columns, depth, transposed, transposed, gap: 0);
            float[] one = Run(before, rows, columns, columns, (target, stride) => mixed.Multiply(operands.A, operands.B, target, stride, true, Workers.Single));
            float[] several = Run(before, rows, columns, columns, (target, stride) => mixed.Multiply(operands.A, operands.B, target, stride, true, workers));
            Assert.Equal(Bits(one), Bits(several));
            PackedMatrix packed = mixed.Pack(operands.B, reuse: null, workers);
            Assert.Equal(Bits(one), Bits(Run(before, rows, columns, columns, (target, stride) => mixed.Multiply(operands.A, packed, target, stride, true, workers))));
        }
    }

    [Theory]
    [InlineData(40, 50, 401)]
    [InlineData(20, 33, 1700)]
    public void Multiply_in_parts_along_k_same_bits(int rows, int columns, int depth)
    {
        MixedKernels mixed = Emit();
        var random = new Random(9);
        float[] a = Values(random, rows * depth), b = Values(random, depth * columns), whole = new float[rows * columns], parts = new float[rows * columns];
        mixed.Multiply(new Matrix(a, rows, depth), new Matrix(b, depth, columns), whole, columns, accumulate: false, Workers.Single);
        for (int k = 0; k < depth; k += KernelSet.Slab)
        {
            int length = Math.Min(KernelSet.Slab, depth - k);
            mixed.Multiply(new Matrix(a.AsSpan(k), rows, length, depth), new Matrix(b.AsSpan(k * columns), length, columns), parts, columns, accumulate: k > 0, Workers.Single);
        }

        Assert.Equal(Bits(whole), Bits(parts));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(57, 29, 19)]
    [InlineData(13, 1003, 33)]
    [InlineData(150, 900, 40)]
    [InlineData(1030, 56, 65)]
    public void Stacked_slices_same_bits_both_ways_round(int rows, int columns, int width)
    {
        MixedKernels mixed = Emit();
        var random = new Random(12);
        float[] a = Values(random, rows * columns), b = Values(random, columns * width), bTransposed = Values(random, rows * width);
        float[] memory = new float[mixed.StackLength(rows + 7, columns)];
        for (int first = 0; first < rows; first += 40)
        {
            int count = Math.Min(40, rows - first);
            mixed.Stack(new Matrix(a.AsSpan(first * columns), count, columns), first, memory, rows + 7);
        }

        using var workers = new Workers(2);
        var whole = new Matrix(a, rows, columns);
        var stacked = new StackedMatrix(memory, rows + 7, rows, columns);
        foreach (Workers threads in new[] { Workers.Single, workers })
        {
            float[] expected = Values(random, rows * width), found = [.. expected];
            mixed.Multiply(whole, new Matrix(b, columns, width), expected, width, accumulate: true, Workers.Single);
            mixed.Multiply(stacked, new Matrix(b, columns, width), found, width, accumulate: true, threads);
            Assert.Equal(Bits(expected), Bits(found));

            float[] expectedTransposed = new float[columns * width], foundTransposed = new float[columns * width];
            mixed.Multiply(whole.Transposed, new Matrix(bTransposed, rows, width), expectedTransposed, width, accumulate: false, Workers.Single);
            mixed.Multiply(stacked.Transposed, new Matrix(bTransposed, rows, width), foundTransposed, width, accumulate: false, threads);
            Assert.Equal(Bits(expectedTransposed), Bits(foundTransposed));
        }
    }

    [Fact]
    public void Operands_are_rounded_as_the_reference_rounds_them()
    {
        MixedKernels mixed = Emit();
        var random = new Random(11);
        float[] special =
        [
            0, -0f, 1, -1, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, 1.1754942e-38f, 1.17549435e-38f,
            1.00390625f, 1.01171875f, 1.0039063f, 1.0039061f, -1.00390625f, 3.3895314e38f, 3.4e38f,
        ];
        float[] x = [.. special, .. Enumerable.Range(0, 4000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))];
        float[] expected = new float[x.Length];
        RoundedProduct.Round(x, expected);

        // x · 1, one number at a time, in all places that an operand is rounded at.
        var one = new Matrix([1f], 1, 1);
        float[] left = new float[x.Length], right = new float[x.Length], leftAcross = new float[x.Length], rightAcross = new float[x.Length];
        mixed.Multiply(new Matrix(x, x.Length, 1), one, left, 1, false, Workers.Single);
        mixed.Multiply(new Matrix(x, 1, x.Length).Transposed, one, leftAcross, 1, false, Workers.Single);
        mixed.Multiply(one, new Matrix(x, 1, x.Length), right, x.Length, false, Workers.Single);
        mixed.Multiply(one, new Matrix(x, x.Length, 1).Transposed, rightAcross, x.Length, false, Workers.Single);
        foreach (float[] found in new[] { left, leftAcross, right, rightAcross })
        {
            for (int at = 0; at < x.Length; at++)
            {
                // + 0, because a sum starts there: −0 becomes 0.
                Assert.True(found[at].Equals(expected[at] + 0f), $"{x[at]:R}: {found[at]:R}, expected {expected[at]:R}");
            }
        }
    }

    [Fact]
    public void Multiply_by_nothing_clears_or_keeps()
    {
        MixedKernels mixed = Emit();
        float[] c = [1, 2, 3, 4];
        mixed.Multiply(new Matrix([], 2, 0), new Matrix([], 0, 2), c, 2, accumulate: true, Workers.Single);
        Assert.Equal([1, 2, 3, 4], c);
        mixed.Multiply(new Matrix([], 2, 0), new Matrix([], 0, 2), c, 2, accumulate: false, Workers.Single);
        Assert.Equal([0, 0, 0, 0], c);
        mixed.Multiply(new Matrix([], 0, 3), new Matrix(new float[6], 3, 2), [], 2, accumulate: false, Workers.Single);
    }

    /// <summary>The product under test, or the reason why there is none here.</summary>
    private protected abstract (BrainFloatProduct? Product, string Reason) Create();

    private MixedKernels Emit()
    {
        (BrainFloatProduct? product, string reason) = Create();
        Assert.SkipWhen(product is null, reason);
        return new MixedKernels(new ScalarKernels(), product, reason);
    }


    private static float[] Run(float[] before, int rows, int columns, int stride, Action<float[], int> multiply)
    {
        float[] c = new float[(rows * stride) + 40];
        Array.Fill(c, Guard);
        for (int row = 0; row < rows; row++)
        {
            before.AsSpan(row * columns, columns).CopyTo(c.AsSpan(row * stride));
        }

        multiply(c, stride);
        for (int at = 0; at < c.Length; at++)
        {
            if (at / stride >= rows || at % stride >= columns)
            {
                Assert.Equal(Guard, c[at]);
            }
        }

        return c;
    }

    private static (double[] Sums, double[] Magnitudes) Exact(float[] a, float[] b, float[] before, int rows, int columns, int depth, bool accumulate)
    {
        float[] left = new float[a.Length], right = new float[b.Length];
        RoundedProduct.Round(a, left);
        RoundedProduct.Round(b, right);
        double[] sums = new double[rows * columns], magnitudes = new double[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < depth; k++)
            {
                double x = left[(row * depth) + k];
                for (int column = 0; column < columns; column++)
                {
                    double term = x * right[(k * columns) + column];
                    sums[(row * columns) + column] += term;
                    magnitudes[(row * columns) + column] += Math.Abs(term);
                }
            }
        }

        for (int at = 0; accumulate && at < sums.Length; at++)
        {
            sums[at] += before[at];
            magnitudes[at] += Math.Abs(before[at]);
        }

        return (sums, magnitudes);
    }

    // The bound that BrainFloatProduct states, for K products and what C held.
    private static void AssertClose(double[] exact, double[] magnitudes, float[] c, int rows, int columns, int stride, int depth)
    {
        const double Unit = 1.0 / (1 << 24);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double expected = exact[(row * columns) + column], bound = 2 * (depth + 1) * Unit * magnitudes[(row * columns) + column];
                Assert.True(Math.Abs(c[(row * stride) + column] - expected) <= bound, $"[{row}, {column}]: {c[(row * stride) + column]:R}, expected {expected:R} ± {bound:R}");
            }
        }
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];

    /// <summary>Operands that end where their pages end, so that reading beyond faults.</summary>
    private sealed class Operands : IDisposable
    {
        private readonly GuardedFloats _a, _b;
        private readonly int _rows, _columns, _depth, _gap;
        private readonly bool _transposeA, _transposeB;

        public Operands(float[] a, float[] b, int rows, int columns, int depth, bool transposeA, bool transposeB, int gap)
        {
            (_rows, _columns, _depth, _transposeA, _transposeB, _gap) = (rows, columns, depth, transposeA, transposeB, gap);
            _a = Laid(a, rows, depth, transposeA);
            _b = Laid(b, depth, columns, transposeB);
        }

        public Matrix A => _transposeA ? new Matrix(_a.Values, _depth, _rows, _rows + _gap).Transposed : new Matrix(_a.Values, _rows, _depth, _depth + _gap);

        public Matrix B => _transposeB ? new Matrix(_b.Values, _columns, _depth, _depth + _gap).Transposed : new Matrix(_b.Values, _depth, _columns, _columns + _gap);

        public void Dispose()
        {
            _a.Dispose();
            _b.Dispose();
        }

        private GuardedFloats Laid(float[] values, int rows, int columns, bool transpose)
        {
            int lines = transpose ? columns : rows, width = transpose ? rows : columns, stride = width + _gap;
            var laid = new GuardedFloats(((lines - 1) * stride) + width);
            for (int line = 0; line < lines; line++)
            {
                for (int at = 0; at < width; at++)
                {
                    laid.Values[(line * stride) + at] = transpose ? values[(at * columns) + line] : values[(line * columns) + at];
                }
            }

            return laid;
        }
    }
}
