using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Jit.Tests;

public sealed unsafe class EmittedByteTileTests
{
    private const float Guard = 12345.678f;

    public static TheoryData<int, int, int> Sizes => [.. Enumerable.Range(2, 12).SelectMany(rows =>
        new[] { 1, 16, 17, 48, 50, 64, 100 }.SelectMany(outputs =>
            new[] { 1, 3, 4, 5, 8, 9, 12, 31, 64, 65, 129, 300 }.Select(depth => new TheoryDataRow<int, int, int>(rows, outputs, depth))))];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void MultiplyRows_same_bits_as_the_scalar_kernel_row_by_row(int rows, int outputs, int depth)
    {
        var random = new Random((((rows * 1000) + outputs) * 1000) + depth);
        float[] x = Values(random, rows * depth), weight = Values(random, outputs * depth), before = Values(random, rows * Panels.Padded(outputs));
        AssertSame(rows, outputs, x, weight, before, Start.OwnRows);
        AssertSame(rows, outputs, x, weight, before, Start.OneRow);
        AssertSame(rows, outputs, x, weight, before, Start.InPlace);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(0f)]
    [InlineData(1e-35f)]
    public void MultiplyRows_of_an_odd_row_leaves_its_neighbours_as_they_are(float odd)
    {
        var random = new Random(1);
        const int rows = 7, depth = 130, outputs = 64;
        float[] x = Values(random, rows * depth);
        x.AsSpan(2 * depth, depth).Fill(odd);
        AssertSame(rows, outputs, x, Values(random, outputs * depth), Values(random, rows * outputs), Start.OwnRows);
    }

    [Fact]
    public void MultiplyRows_of_the_deepest_sum_that_int32_holds_is_exact()
    {
        const int rows = 4, depth = int.MaxValue / (ByteRow.Largest * ByteRow.Largest);
        AssertSame(rows, 16, [.. Enumerable.Repeat(-1f, rows * depth)], [.. Enumerable.Repeat(1f, 16 * depth)], new float[rows * 16], Start.OwnRows);
    }

    // What the product is added to: rows of another matrix, one row for all, or what C holds.
    private enum Start
    {
        OwnRows,
        OneRow,
        InPlace,
    }

    private static void AssertSame(int rows, int outputs, float[] x, float[] weight, float[] before, Start start)
    {
        KernelCandidate candidate = JitKernels.Candidate(state: null, dump: null);
        Assert.SkipUnless(candidate.IsSupported, candidate.Reason);
        using var product = new EmittedByteProduct(dump: null);
        var reference = new VectorByteProduct<Lanes32>();
        Panels panels = Panels.OfColumns(PanelFormat.Bytes, outputs, weight);
        int depth = x.Length / rows, width = Panels.Padded(outputs), cStride = width + Panels.Lane, tileLength = ByteRow.TileLength(depth);
        var tiles = new AlignedBuffer(rows * tileLength);
        var starts = new AlignedBuffer(rows * width);
        var expected = new AlignedBuffer(rows * cStride);
        var actual = new AlignedBuffer(rows * cStride);
        before.CopyTo(new Span<float>(starts.Start, rows * width));
        new Span<float>(expected.Start, rows * cStride).Fill(Guard);
        fixed (float* from = x)
        {
            for (int row = 0; row < rows; row++)
            {
                ByteRow.Quantise<Lanes32>(from + (row * depth), depth, tiles.Start + (row * tileLength));
                new ReadOnlySpan<float>(starts.Start + (row * width), width).CopyTo(new Span<float>(expected.Start + (row * cStride), width));
            }
        }

        new Span<float>(expected.Start, rows * cStride).CopyTo(new Span<float>(actual.Start, rows * cStride));
        for (int panel = 0; panel < panels.Count; panel++)
        {
            int at = panel * Panels.MostLanes * Panels.Lane;
            PanelPart part = panels.Input(panel);
            for (int row = 0; row < rows; row++)
            {
                float* c = expected.Start + (row * cStride) + at, from = start == Start.OneRow ? starts.Start + at : c;
                reference.Multiply(new ByteRun { Part = part, Tile = tiles.Start + (row * tileLength), Count = 1, Before = from, C = c });
            }

            float* to = actual.Start + at, own = start == Start.InPlace ? to : starts.Start + at;
            nint stride = start == Start.InPlace ? cStride : start == Start.OneRow ? 0 : width;
            product.MultiplyRows(part, tiles.Start, rows, own, stride, to, cStride);
        }

        for (int at = 0; at < rows * cStride; at++)
        {
            // Any NaN is as good as another.
            Assert.True(
                BitConverter.SingleToUInt32Bits(expected.Start[at]) == BitConverter.SingleToUInt32Bits(actual.Start[at]) || (float.IsNaN(expected.Start[at]) && float.IsNaN(actual.Start[at])),
                $"row {at / cStride}, column {at % cStride}: {actual.Start[at]:R}, expected {expected.Start[at]:R}");
        }

        GC.KeepAlive(panels);
        GC.KeepAlive((tiles, starts, expected, actual));
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
