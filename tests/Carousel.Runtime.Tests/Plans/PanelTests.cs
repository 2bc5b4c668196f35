using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Plans;
using Carousel.Runtime.Tests.Kernels;

namespace Carousel.Runtime.Tests.Plans;

public sealed unsafe class PanelTests
{
    public static TheoryData<string, int, int, int> Products => [.. KernelCatalog.Supported.SelectMany(set =>
        new (int, int, int)[] { (1, 1, 1), (1, 16, 7), (1, 33, 256), (1, 70, 600), (2, 64, 5), (5, 49, 257), (12, 130, 30), (31, 20, 513) }
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
                sum += (int)MathF.Round(a[k] * (127 / most)) * (int)MathF.Round(w[k] / heaviest * 127);
            }

            expected[at] = MathF.FusedMultiplyAdd(sum, most / 127 * (heaviest / 127), bias[output]);
        }

        AssertProduct(PanelFormat.Bytes, Sets.ByName(kernel), rows, outputs, depth, x, weight, bias, expected);
    }

    [Fact]
    public void Quantise_row_of_zeros_and_row_with_NaN()
    {
        float* tile = stackalloc float[ByteRow.TileLength(5)];
        ByteRow.Quantise([0, 0, 0, 0, 0], tile);
        Assert.Equal(0, tile[0]);
        ByteRow.Quantise([1, float.NaN, 0, 0, 0], tile);
        Assert.True(float.IsNaN(tile[0]));
    }

    [Fact]
    public void BrainFloat_rounds_to_nearest_even()
    {
        Assert.Equal(1f, BrainFloat.Round(1 + (1f / 256)));
        Assert.Equal(1 + (1f / 64), BrainFloat.Round(1 + (3f / 256)));
        Assert.Equal(-3.140625f, BrainFloat.Round(-3.1415926f));
        Assert.Equal(0, BrainFloat.Round(1e-39f));
        Assert.True(float.IsFinite(BrainFloat.Round(float.MaxValue)));
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
        Rows input = memory.Load(set.Steps, x, rows, depth);
        var output = new SequenceBuffer(rows, outputs);
        product.Run(memory.Frame(0, rows), input, output.Rows);
        float[] found = [.. Enumerable.Range(0, rows).SelectMany(row => output.Rows.Row(row, outputs).ToArray())];
        Sets.AssertAgree(set, expected, found, 1e-5f, "product");
        Assert.All(Enumerable.Range(0, rows), row => Assert.False(output.Rows.Row(row, Panels.Padded(outputs))[outputs..].ContainsAnyExcept(0)));
        GC.KeepAlive(output);
        GC.KeepAlive(memory);
    }
}
