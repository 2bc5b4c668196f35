using Carousel.Runtime.Kernels;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Kernels;

public sealed class ProductTests
{
    // Rows around every tile height, columns around every strip width, depths around the slab.
    private static readonly int[] EdgeRows = [0, 1, 2, 3, 5, 6, 7, 11, 12, 13, 20, 25];
    private static readonly int[] EdgeColumns = [0, 1, 7, 15, 16, 17, 31, 32, 33, 63, 65, 129];
    private static readonly int[] EdgeDepths = [0, 1, 2, 3, 5, 255, 256, 257, 513];

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_edge_sizes_give_the_bits_of_the_scalar_set(string name)
    {
        KernelSet set = Sets.ByName(name);
        foreach (int rows in EdgeRows)
        {
            foreach (int columns in EdgeColumns)
            {
                foreach (int depth in EdgeDepths)
                {
                    // Every combination of transpositions and accumulation comes round as the sizes go by.
                    int form = rows + columns + depth;
                    Check(set, rows, columns, depth, (form & 1) != 0, (form & 2) != 0, accumulate: (form & 4) != 0, Workers.Single);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_every_transposition_and_accumulation_gives_the_bits_of_the_scalar_set(string name)
    {
        KernelSet set = Sets.ByName(name);
        using var workers = new Workers(3);
        for (int form = 0; form < 8; form++)
        {
            Check(set, 43, 150, 300, (form & 1) != 0, (form & 2) != 0, accumulate: (form & 4) != 0, workers);
        }
    }

    [Theory]
    [InlineData(800, 200, 70)]
    [InlineData(390, 100, 30)]
    [InlineData(1, 5000, 70)]
    [InlineData(37, 1111, 300)]
    public void Multiply_result_does_not_depend_on_threads(int rows, int columns, int depth)
    {
        foreach (KernelSet set in KernelCatalog.Supported)
        {
            float[] a = Sets.Values(rows * depth, 1), b = Sets.Values(depth * columns, 2);
            float[] alone = new float[rows * columns], shared = new float[rows * columns];
            set.Multiply(new Matrix(a, rows, depth), new Matrix(b, depth, columns), alone, columns, accumulate: false, Workers.Single);
            foreach (int threads in (int[])[2, 3, 5])
            {
                using var workers = new Workers(threads);
                shared.AsSpan().Fill(float.NaN);
                set.Multiply(new Matrix(a, rows, depth), new Matrix(b, depth, columns), shared, columns, accumulate: false, workers);
                Assert.Equal(alone, shared);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Stacked_slices_give_the_bits_of_the_whole(string name)
    {
        const int Rows = 301, Columns = 37, Width = 5;
        KernelSet set = Sets.ByName(name);
        foreach (KernelSet kernels in new[] { set, set.Mixed })
        {
            float[] a = Sets.Values(Rows * Columns, 1), b = Sets.Values(Rows * Width, 2), memory = new float[kernels.StackLength(Rows, Columns)];
            for (int first = 0; first < Rows; first += 22)
            {
                int count = Math.Min(22, Rows - first);
                kernels.Stack(new Matrix(a.AsSpan(first * Columns), count, Columns), first, memory, Rows);
            }

            float[] expected = new float[Columns * Width], found = new float[Columns * Width];
            kernels.Multiply(new Matrix(a, Rows, Columns).Transposed, new Matrix(b, Rows, Width), expected, Width, accumulate: false, Workers.Single);
            kernels.Multiply(new StackedMatrix(memory, Rows, Rows, Columns).Transposed, new Matrix(b, Rows, Width), found, Width, accumulate: false, Workers.Single);
            Assert.Equal(expected, found);
            Assert.Throws<ArgumentException>(() => kernels.Stack(new Matrix(a, 2, Columns), 1, memory, Rows));
            Assert.Throws<ArgumentException>(() => kernels.Stack(new Matrix(a, 2, Columns), 300, memory, Rows));
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_row_does_not_depend_on_the_rows_around_it(string name)
    {
        const int Rows = 29, Columns = 70, Depth = 270;
        KernelSet set = Sets.ByName(name);
        float[] a = Sets.Values(Rows * Depth, 1), b = Sets.Values(Depth * Columns, 2), together = new float[Rows * Columns], alone = new float[Columns];
        PackedMatrix packed = set.Pack(new Matrix(b, Depth, Columns));
        set.Multiply(new Matrix(a, Rows, Depth), packed, together, Columns, accumulate: false, Workers.Single);
        for (int row = 0; row < Rows; row++)
        {
            set.Multiply(new Matrix(a.AsSpan(row * Depth, Depth), 1, Depth), packed, alone, Columns, accumulate: false, Workers.Single);
            Assert.Equal(together.AsSpan(row * Columns, Columns).ToArray(), alone);
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_is_near_the_double_precision_product(string name)
    {
        const int Rows = 14, Columns = 45, Depth = 700;
        float[] a = Sets.Values(Rows * Depth, 1), b = Sets.Values(Depth * Columns, 2), c = new float[Rows * Columns];
        Sets.ByName(name).Multiply(new Matrix(a, Rows, Depth), new Matrix(b, Depth, Columns), c, Columns, accumulate: false, Workers.Single);
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                double exact = 0, size = 0;
                for (int k = 0; k < Depth; k++)
                {
                    double term = (double)a[(row * Depth) + k] * b[(k * Columns) + column];
                    exact += term;
                    size += Math.Abs(term);
                }

                // A chain of n additions is within n·2⁻²⁴ of the sum of magnitudes; slabs of 256 keep the chain short.
                Assert.InRange(c[(row * Columns) + column], exact - (size * 260 * Math.Pow(2, -24)), exact + (size * 260 * Math.Pow(2, -24)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_leaves_the_gap_between_rows_of_C_alone(string name)
    {
        const int Rows = 13, Columns = 37, Depth = 20, Stride = 41;
        float[] c = new float[Rows * Stride];
        c.AsSpan().Fill(-7);
        Sets.ByName(name).Multiply(new Matrix(Sets.Values(Rows * Depth, 1), Rows, Depth), new Matrix(Sets.Values(Depth * Columns, 2), Depth, Columns), c, Stride, accumulate: false, Workers.Single);
        for (int row = 0; row < Rows; row++)
        {
            Assert.All(c.AsSpan((row * Stride) + Columns, Stride - Columns).ToArray(), gap => Assert.Equal(-7, gap));
            Assert.DoesNotContain(-7f, c.AsSpan(row * Stride, Columns).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_carries_NaN_and_infinity_to_their_row_and_column_only(string name)
    {
        const int Rows = 14, Columns = 35, Depth = 9;
        float[] a = Sets.Values(Rows * Depth, 1), b = Sets.Values(Depth * Columns, 2), c = new float[Rows * Columns];
        a[(5 * Depth) + 3] = float.NaN;
        b[(4 * Columns) + 33] = float.PositiveInfinity;
        Sets.ByName(name).Multiply(new Matrix(a, Rows, Depth), new Matrix(b, Depth, Columns), c, Columns, accumulate: false, Workers.Single);
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                float value = c[(row * Columns) + column];
                Assert.Equal(row == 5, float.IsNaN(value));
                Assert.Equal(row != 5 && column == 33, float.IsInfinity(value));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Pack_into_a_used_matrix_gives_the_new_product(string name)
    {
        KernelSet set = Sets.ByName(name);
        float[] a = Sets.Values(3 * 40, 1), first = Sets.Values(40 * 50, 2), second = Sets.Values(40 * 50, 3);
        float[] expected = new float[3 * 50], actual = new float[3 * 50];
        PackedMatrix packed = set.Pack(new Matrix(first, 40, 50));
        Assert.Same(packed, set.Pack(new Matrix(second, 50, 40).Transposed, packed));
        set.Multiply(new Matrix(a, 3, 40), packed, actual, 50, accumulate: false, Workers.Single);
        set.Multiply(new Matrix(a, 3, 40), new Matrix(second, 50, 40).Transposed, expected, 50, accumulate: false, Workers.Single);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Pack_on_several_threads_gives_the_same_product(string name)
    {
        const int Rows = 5, Columns = 1000, Depth = 301;
        KernelSet set = Sets.ByName(name);
        using var workers = new Workers(3);
        float[] a = Sets.Values(Rows * Depth, 1), b = Sets.Values(Depth * Columns, 2), expected = new float[Rows * Columns], actual = new float[Rows * Columns];
        set.Multiply(new Matrix(a, Rows, Depth), new Matrix(b, Columns, Depth).Transposed, expected, Columns, accumulate: false, Workers.Single);
        set.Multiply(new Matrix(a, Rows, Depth), set.Pack(new Matrix(b, Columns, Depth).Transposed, workers: workers), actual, Columns, accumulate: false, Workers.Single);
        Assert.Equal(expected, actual);
        set.Multiply(new Matrix(a, Rows, Depth), new Matrix(b, Depth, Columns), expected, Columns, accumulate: false, Workers.Single);
        set.Multiply(new Matrix(a, Rows, Depth), set.Pack(new Matrix(b, Depth, Columns), workers: workers), actual, Columns, accumulate: false, Workers.Single);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Multiply_with_a_matrix_packed_by_another_set_says_whose_it_is()
    {
        PackedMatrix packed = Sets.Scalar.Pack(new Matrix(new float[4], 2, 2));
        foreach (KernelSet set in KernelCatalog.Supported.Where(set => set.Name != "scalar"))
        {
            ArgumentException error = Assert.Throws<ArgumentException>(() => set.Multiply(new Matrix(new float[4], 2, 2), packed, new float[4], 2, accumulate: false, Workers.Single));
            Assert.Contains("'scalar'", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_with_sizes_that_do_not_fit_is_refused(string name)
    {
        KernelSet set = Sets.ByName(name);
        Assert.Throws<ArgumentException>(() => set.Multiply(new Matrix(new float[6], 2, 3), new Matrix(new float[8], 4, 2), new float[4], 2, accumulate: false, Workers.Single));
        Assert.Throws<ArgumentException>(() => set.Multiply(new Matrix(new float[6], 2, 3), new Matrix(new float[6], 3, 2), new float[4], 1, accumulate: false, Workers.Single));
        Assert.Throws<ArgumentException>(() => set.Multiply(new Matrix(new float[6], 2, 3), new Matrix(new float[6], 3, 2), new float[3], 2, accumulate: false, Workers.Single));
        PackedMatrix packed = set.Pack(new Matrix(new float[6], 3, 2));
        Assert.Throws<ArgumentException>(() => set.Pack(new Matrix(new float[6], 2, 3), packed));
        Assert.Throws<ArgumentException>(() => set.Multiply(new Matrix(new float[4], 2, 2), packed, new float[4], 2, accumulate: false, Workers.Single));
    }

    [Theory]
    [MemberData(nameof(Sets.Names), MemberType = typeof(Sets))]
    public void Multiply_allocates_nothing_once_warm(string name)
    {
        const int Rows = 20, Columns = 800, Depth = 200;
        KernelSet set = Sets.ByName(name);
        float[] a = Sets.Values(Rows * Depth, 1), b = Sets.Values(Depth * Columns, 2), c = new float[Rows * Columns];
        PackedMatrix packed = set.Pack(new Matrix(b, Depth, Columns));
        using var workers = new Workers(2);
        void Multiply()
        {
            set.Multiply(new Matrix(a, Rows, Depth), packed, c, Columns, accumulate: true, Workers.Single);
            set.Multiply(new Matrix(a, Rows, Depth), new Matrix(b, Depth, Columns), c, Columns, accumulate: true, workers);
            set.Pack(new Matrix(b, Depth, Columns), packed);
        }

        Multiply();
        Assert.Equal(0, Allocations.Of(Multiply));
    }

    // Unpacked and packed product, all strides longer than their rows, against the scalar set.
    private static void Check(KernelSet set, int rows, int columns, int depth, bool transposeA, bool transposeB, bool accumulate, Workers workers)
    {
        (int aRows, int aColumns) = transposeA ? (depth, rows) : (rows, depth);
        (int bRows, int bColumns) = transposeB ? (columns, depth) : (depth, columns);
        int aStride = aColumns + 3, bStride = bColumns + 1, cStride = columns + 2;
        float[] aValues = Sets.Values(aRows * aStride, 10 + rows), bValues = Sets.Values(bRows * bStride, 20 + columns), start = Sets.Values(rows * cStride, 30);
        var a = new Matrix(aValues, aRows, aColumns, aStride);
        var b = new Matrix(bValues, bRows, bColumns, bStride);
        a = transposeA ? a.Transposed : a;
        b = transposeB ? b.Transposed : b;
        float[] expected = [.. start], unpacked = [.. start], packed = [.. start];
        Sets.Scalar.Multiply(a, b, expected, cStride, accumulate, Workers.Single);
        set.Multiply(a, b, unpacked, cStride, accumulate, workers);
        set.Multiply(a, set.Pack(b), packed, cStride, accumulate, workers);
        string what = $"[{rows}, {depth}]{(transposeA ? "ᵀ" : "")} · [{depth}, {columns}]{(transposeB ? "ᵀ" : "")}{(accumulate ? " added" : "")}";
        Sets.AssertAgree(set, expected, unpacked, 1e-5f, what);
        Sets.AssertAgree(set, expected, packed, 1e-5f, what + " packed");
    }
}
