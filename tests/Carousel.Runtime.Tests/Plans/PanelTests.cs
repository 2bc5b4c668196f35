using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Plans;
using Carousel.Runtime.Tests.Kernels;

namespace Carousel.Runtime.Tests.Plans;

public sealed unsafe class PanelTests
{
    public static TheoryData<string, int> Rows => [.. KernelCatalog.Supported.SelectMany(set =>
        new[] { 1, 3, 4, 15, 16, 17, 31, 63, 64, 65, 100, 128, 250 }.Select(depth => new TheoryDataRow<string, int>(set.Name, depth)))];

    public static TheoryData<string, int, int, int> Products => [.. KernelCatalog.Supported.SelectMany(set =>
        new (int, int, int)[] { (1, 1, 1), (1, 16, 7), (1, 33, 256), (1, 70, 600), (2, 64, 5), (5, 49, 257), (3, 40, 9), (4, 64, 31), (6, 48, 64), (8, 70, 33), (12, 130, 30), (31, 20, 513), (97, 33, 12) }
            .Select(size => new TheoryDataRow<string, int, int, int>(set.Name, size.Item1, size.Item2, size.Item3)))];

    [Theory]
    [MemberData(nameof(Products))]
    public void Run_product_same_bits_as_the_scalar_matrix_product(string kernel, int rows, int outputs, int depth) =>
        AssertProduct(PanelFormat.Single, Sets.ByName(kernel), rows, outputs, depth, weight => weight);

    [Theory]
    [MemberData(nameof(Products))]
    public void Run_bfloat16_product_same_bits_as_the_scalar_matrix_product_of_rounded_weights(string kernel, int rows, int outputs, int depth) =>
        AssertProduct(PanelFormat.BrainPairs, Sets.ByName(kernel), rows, outputs, depth, BrainFloat.Round);

    [Theory]
    [MemberData(nameof(Products))]
    public void Run_int8_product_same_bits_as_rounding_and_summing_by_hand(string kernel, int rows, int outputs, int depth)
    {
        float[] x = Sets.Values(rows * depth, 1, scale: 3), weight = Sets.Values(outputs * depth, 2), bias = Sets.Values(outputs, 3), expected = new float[rows * outputs];
        for (int at = 0; at < expected.Length; at++)
        {
            int row = at / outputs, output = at % outputs, sum = 0;
            float[] a = x[(row * depth)..((row + 1) * depth)], w = weight[(output * depth)..((output + 1) * depth)];
            float most = a.Max(MathF.Abs), heaviest = w.Max(MathF.Abs);
            for (int k = 0; k < depth; k++)
            {
                sum += (int)MathF.Round(a[k] * (127 / most)) * (int)MathF.Round(w[k] * (127 / heaviest));
            }

            expected[at] = MathF.FusedMultiplyAdd(sum, most / 127 * (heaviest / 127), bias[output]);
        }

        AssertProduct(PanelFormat.Bytes, Sets.ByName(kernel), rows, outputs, depth, x, weight, bias, expected);
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Run_int4_product_same_bits_as_rounding_the_row_and_summing_by_hand(string kernel, int rows, int outputs, int depth)
    {
        float[] x = Sets.Values(rows * depth, 1, scale: 3), weight = Sets.Values(outputs * depth, 2), bias = Sets.Values(outputs, 3), expected = new float[rows * outputs];
        (float[] scales, int[] stored) = Nibbles(outputs, weight);
        for (int at = 0; at < expected.Length; at++)
        {
            int row = at / outputs, output = at % outputs, sum = 0;
            float[] a = x[(row * depth)..((row + 1) * depth)];
            float most = a.Max(MathF.Abs);
            for (int k = 0; k < depth; k++)
            {
                sum += (int)MathF.Round(a[k] * (127 / most)) * stored[(output * depth) + k];
            }

            expected[at] = MathF.FusedMultiplyAdd(sum, most / 127 * scales[output], bias[output]);
        }

        AssertProduct(PanelFormat.Nibbles, Sets.ByName(kernel), rows, outputs, depth, x, weight, bias, expected);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(304)]
    public void Set_columns_as_int4_errs_no_more_than_rounding_to_seven_steps(int depth)
    {
        const int outputs = 50;
        float[] weight = Sets.Values(outputs * depth, 4);
        (float[] scales, int[] stored) = Nibbles(outputs, weight);
        double plain = 0, found = 0;
        for (int at = 0; at < weight.Length; at++)
        {
            int output = at / depth;
            float step = weight[(output * depth)..((output + 1) * depth)].Max(MathF.Abs) / 7;
            plain += Math.Pow((MathF.Round(weight[at] / step) * step) - weight[at], 2);
            found += Math.Pow((stored[at] * scales[output]) - weight[at], 2);
        }

        Assert.InRange(found, 0, plain + 1e-9);
    }

    [Fact]
    public void Set_column_of_zeros_as_int4_multiplies_to_zero()
    {
        (float[] scales, int[] stored) = Nibbles(1, new float[9]);
        Assert.Equal(0, scales[0]);
        Assert.Equal(9, stored.Length);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Pack_row_as_int8_rounds_and_fills_up_to_a_line_with_zeros(string kernel, int depth)
    {
        float[] x = Sets.Values(depth, depth, scale: 2);
        float most = x.Max(MathF.Abs);
        byte[] expected = [.. x.Select(value => (byte)((int)MathF.Round(value * (127 / most)) + 128)), .. Enumerable.Repeat((byte)128, (64 - (depth % 64)) % 64)];
        (float scale, byte[] bytes) = Quantised(kernel, x);
        Assert.Equal(most / 127, scale);
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(1e-38f, 0f)]
    [InlineData(7e-31f, 0f)]
    [InlineData(1e-30f, 1e-30f / 127)]
    [InlineData(float.MaxValue, float.MaxValue / 127)]
    [InlineData(float.PositiveInfinity, float.NaN)]
    [InlineData(float.NaN, float.NaN)]
    public void Pack_row_as_int8_whatever_its_largest_magnitude(float most, float scale) =>
        Assert.All(KernelCatalog.Supported, set => Assert.All(Enumerable.Range(0, 21), at =>
        {
            float[] x = new float[21];
            x[at] = most;
            Assert.Equal(scale, Quantised(set.Name, x).Scale);
        }));

    [Fact]
    public void BrainFloat_rounds_to_nearest_even()
    {
        Assert.Equal(1f, BrainFloat.Round(1 + (1f / 256)));
        Assert.Equal(1 + (1f / 64), BrainFloat.Round(1 + (3f / 256)));
        Assert.Equal(-3.140625f, BrainFloat.Round(-3.1415926f));
        Assert.Equal(0, BrainFloat.Round(1e-39f));
        Assert.True(float.IsFinite(BrainFloat.Round(float.MaxValue)));
    }

    // Weights as they are stored, sixteen times too large, and the scales.
    private static (float[] Scales, int[] Stored) Nibbles(int outputs, float[] weight)
    {
        int depth = weight.Length / outputs;
        Panels panels = Panels.OfColumns(PanelFormat.Nibbles, outputs, weight);
        float[] scales = new float[outputs];
        int[] stored = new int[weight.Length];
        for (int at = 0; at < weight.Length; at++)
        {
            int output = at / depth, k = at % depth, width = Panels.MostLanes * Panels.Lane, column = output % width;
            PanelPart part = panels.Input(output / width);
            byte pair = part.Nibbles[((((nint)(k / 8) * part.Columns) + column) * 4) + (k % 4)];
            stored[at] = (k % 8 < 4 ? pair % 16 * 16 : pair) - 128;
            scales[output] = part.Scales[column];
        }

        GC.KeepAlive(panels);
        return (scales, stored);
    }

    private static (float Scale, byte[] Bytes) Quantised(string kernel, float[] x)
    {
        var row = new SequenceBuffer(1, x.Length);
        var tile = new SequenceBuffer(1, ByteRow.TileLength(x.Length));
        x.CopyTo(row.Rows.Row(0, x.Length));
        Sets.ByName(kernel).Steps.PackRows(PanelFormat.Bytes, row.Rows.Start, row.Rows.Stride, 1, x.Length, tile.Rows.Start);
        byte[] bytes = new Span<byte>(tile.Rows.Start + ByteRow.Head, (ByteRow.TileLength(x.Length) - ByteRow.Head) * sizeof(float)).ToArray();
        float scale = tile.Rows.Start[0];
        GC.KeepAlive((row, tile));
        return (scale, bytes);
    }

    private static void AssertProduct(PanelFormat format, KernelSet set, int rows, int outputs, int depth, Func<float, float> stored)
    {
        float[] x = Sets.Values(rows * depth, 1), weight = Sets.Values(outputs * depth, 2), bias = Sets.Values(outputs, 3), expected = new float[rows * outputs];
        for (int row = 0; row < rows; row++)
        {
            bias.CopyTo(expected, row * outputs);
        }

        float[] rounded = [.. weight.Select(stored)];
        Sets.Scalar.Multiply(new Matrix(x, rows, depth), new Matrix(rounded, outputs, depth).Transposed, expected, outputs, accumulate: true, Workers.Single);

        AssertProduct(format, set, rows, outputs, depth, x, weight, bias, expected);
    }

    private static void AssertProduct(PanelFormat format, KernelSet set, int rows, int outputs, int depth, float[] x, float[] weight, float[] bias, float[] expected)
    {
        var product = new ProductStep(set, format, outputs, weight, bias);
        var layout = new PlanLayout();
        layout.Scratch(product.TileLength);
        var memory = new PlanMemory(new Plan(depth, [], layout, set), rows);
        Frame frame = memory.Begin(0, rows, members: 1);
        memory.Load(set.Steps, x, rows, depth);
        var output = new SequenceBuffer(rows, outputs);
        product.Run(frame, frame.Input, output.Rows);
        float[] found = [.. Enumerable.Range(0, rows).SelectMany(row => output.Rows.Row(row, outputs).ToArray())];
        Sets.AssertAgree(set, expected, found, 1e-5f, "product");
        Assert.All(Enumerable.Range(0, rows), row => Assert.False(output.Rows.Row(row, Panels.Padded(outputs))[outputs..].ContainsAnyExcept(0)));
        GC.KeepAlive(output);
        GC.KeepAlive(memory);
    }
}
