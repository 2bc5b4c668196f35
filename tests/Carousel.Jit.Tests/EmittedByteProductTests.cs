using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Jit.Tests;

public sealed unsafe class EmittedByteProductTests
{
    private const float Guard = 12345.678f;

    public static TheoryData<int, int, bool> Sizes => [.. new[] { 1, 2, 3, 4, 5, 7, 8, 9, 12, 31, 32, 33, 63, 64, 65, 128, 257, 600 }.SelectMany(depth =>
        new[] { 1, 16, 17, 33, 48, 50, 64, 70, 100 }.SelectMany(outputs =>
            new[] { false, true }.Select(accumulate => new TheoryDataRow<int, int, bool>(outputs, depth, accumulate))))];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Multiply_same_bits_as_the_scalar_kernel(int outputs, int depth, bool accumulate)
    {
        using EmittedByteProduct product = Emit();
        var random = new Random((outputs * 1000) + depth);
        float[] x = Values(random, depth), weight = Values(random, outputs * depth), before = Values(random, Panels.Padded(outputs));
        AssertSame(PanelFormat.Bytes, product, outputs, x, weight, before, accumulate);
        AssertSame(PanelFormat.Nibbles, product, outputs, x, weight, before, accumulate);
    }

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(-1f, 1f)]
    [InlineData(1f, -1f)]
    [InlineData(-1f, -1f)]
    [InlineData(0f, 1f)]
    [InlineData(1f, 0f)]
    [InlineData(float.NaN, 1f)]
    [InlineData(float.PositiveInfinity, 1f)]
    public void Multiply_of_extreme_numbers_same_bits_as_the_scalar_kernel(float x, float weight)
    {
        using EmittedByteProduct product = Emit();
        const int depth = 4099, outputs = 64;
        float[] row = [.. Enumerable.Repeat(x, depth)], weights = [.. Enumerable.Repeat(weight, outputs * depth)];
        AssertSame(PanelFormat.Bytes, product, outputs, row, weights, new float[outputs], accumulate: true);
        AssertSame(PanelFormat.Nibbles, product, outputs, row, weights, new float[outputs], accumulate: true);
    }

    [Fact]
    public void Multiply_of_the_deepest_sum_that_int32_holds_is_exact()
    {
        using EmittedByteProduct product = Emit();
        const int depth = int.MaxValue / (ByteRow.Largest * ByteRow.Largest);
        float[] row = [.. Enumerable.Repeat(-1f, depth)], weights = [.. Enumerable.Repeat(1f, 16 * depth)];
        AssertSame(PanelFormat.Bytes, product, 16, row, weights, new float[16], accumulate: false);
        AssertSame(PanelFormat.Nibbles, product, 16, row, weights, new float[16], accumulate: false);
    }

    [Theory]
    [InlineData(4, 16, 1, 1)]
    [InlineData(4, 45, 37, 45)]
    [InlineData(3, 33, 9, 128)]
    [InlineData(4, 130, 64, 3)]
    [InlineData(4, 64, 129, 20)]
    [InlineData(3, 96, 31, 8)]
    [InlineData(2, 80, 30, 8)]
    public void Multiply_panels_in_a_row_same_bits_as_the_scalar_kernel(int gates, int units, int inputs, int outputs)
    {
        AssertSameRun(PanelFormat.Bytes, gates, units, inputs, outputs);
        AssertSameRun(PanelFormat.Nibbles, gates, units, inputs, outputs);
    }

    private static void AssertSameRun(PanelFormat format, int gates, int units, int inputs, int outputs)
    {
        using EmittedByteProduct product = Emit();
        var random = new Random(units);
        Panels panels = Panels.OfGates(format, gates, units, Values(random, gates * units * inputs), Values(random, gates * units * outputs));
        int columns = panels.Count * gates * Panels.Lane;
        AlignedBuffer x = Tile(format, Values(random, inputs)), h = Tile(format, Values(random, outputs)), bias = Aligned(Values(random, columns));
        AlignedBuffer both = Aligned(new float[columns]), expected = Aligned(new float[columns]), actual = Aligned(new float[columns + Panels.Lane]);
        foreach (nint beforeStride in new[] { gates * Panels.Lane, 0 })
        {
            actual.Start[columns] = Guard;
            Multiply(new VectorByteProduct<Lanes32>(), expected.Start);
            Multiply(new VectorByteProduct<Lanes512>(), both.Start);
            Multiply(product, actual.Start);
            Assert.Equal(new Span<float>(expected.Start, columns).ToArray(), new Span<float>(actual.Start, columns).ToArray());
            Assert.Equal(new Span<float>(expected.Start, columns).ToArray(), new Span<float>(both.Start, columns).ToArray());
            Assert.Equal(Guard, actual.Start[columns]);

            void Multiply(ByteProduct by, float* c)
            {
                by.Multiply(new ByteRun { Part = panels.Recurrent(0), Tile = h.Start, Count = panels.Count, Stride = panels.Stride, Before = bias.Start, BeforeStride = beforeStride, C = c });
                by.Multiply(new ByteRun { Part = panels.Input(0), Tile = x.Start, Count = panels.Count, Stride = panels.Stride, Before = c, BeforeStride = gates * Panels.Lane, C = c });
            }
        }

        GC.KeepAlive((panels, x, h, bias, both, expected, actual));
    }

    [Fact]
    public void Dump_writes_each_kernel_under_its_name()
    {
        SkipWhereUnsupported();
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var product = new EmittedByteProduct(folder);
            string[] panels = ["16x1", "32x1", "48x1", "48x2", "48x3", "48x4", "64x1", "64x2", "64x3", "64x4"];
            panels = [.. panels.Select(static size => $"byte-panel-{size}.bin")];
            string[] nibbles = [.. panels.Select(static name => name.Replace("byte", "nibble", StringComparison.Ordinal))];
            string[] tiles = [.. from rows in new[] { 2, 3, 4 } from columns in new[] { 16, 32, 48, 64 } select $"byte-tile-{rows}x{columns}.bin"];
            Assert.Equal([.. panels, .. tiles, .. nibbles], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
            Assert.Equal(BytePanelEmitter.Emit(PanelFormat.Bytes, 4, 3), File.ReadAllBytes(Path.Combine(folder, "byte-panel-64x3.bin")));
            Assert.Equal(ByteTileEmitter.Emit(4, 4), File.ReadAllBytes(Path.Combine(folder, "byte-tile-4x64.bin")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void AssertSame(PanelFormat format, EmittedByteProduct product, int outputs, float[] x, float[] weight, float[] before, bool accumulate)
    {
        // The weights end where the memory of the panels ends, and the result is followed by guards.
        Panels panels = Panels.OfColumns(format, outputs, weight);
        int width = Panels.Padded(outputs);
        var expectedTile = new AlignedBuffer(ByteRow.TileLength(x.Length));
        var tile = new AlignedBuffer(ByteRow.TileLength(x.Length) + 1);
        var reference = new VectorByteProduct<Lanes32>();
        var zeros = new AlignedBuffer(width);
        var expected = new AlignedBuffer(width);
        var actual = new AlignedBuffer(width + Panels.Lane);
        new Span<float>(zeros.Start, width).Clear();
        new Span<float>(tile.Start, (int)tile.Length).Fill(Guard);
        new Span<float>(actual.Start, (int)actual.Length).Fill(Guard);
        before.CopyTo(new Span<float>(expected.Start, width));
        before.CopyTo(new Span<float>(actual.Start, width));

        fixed (float* from = x)
        {
            Round<Lanes32>(format, from, x.Length, expectedTile.Start);
            Round<Lanes512>(format, from, x.Length, tile.Start);
        }

        Assert.Equal(new Span<float>(expectedTile.Start + ByteRow.Head, (x.Length + 3) / 4).ToArray(), new Span<float>(tile.Start + ByteRow.Head, (x.Length + 3) / 4).ToArray());
        for (int panel = 0; panel < panels.Count; panel++)
        {
            int at = panel * Panels.MostLanes * Panels.Lane;
            reference.Multiply(One(panels.Input(panel), expectedTile.Start, (accumulate ? expected : zeros).Start + at, expected.Start + at));
            product.Multiply(One(panels.Input(panel), tile.Start, (accumulate ? actual : zeros).Start + at, actual.Start + at));
        }

        for (int at = 0; at < width; at++)
        {
            // Any NaN is as good as another.
            Assert.True(
                BitConverter.SingleToUInt32Bits(expected.Start[at]) == BitConverter.SingleToUInt32Bits(actual.Start[at]) || (float.IsNaN(expected.Start[at]) && float.IsNaN(actual.Start[at])),
                $"column {at}: {actual.Start[at]:R}, expected {expected.Start[at]:R}");
        }

        Assert.All(new Span<float>(actual.Start + width, Panels.Lane).ToArray(), value => Assert.Equal(Guard, value));
        Assert.Equal(Guard, tile.Start[tile.Length - 1]);
        GC.KeepAlive(panels);
        GC.KeepAlive((expectedTile, tile, zeros, expected, actual));
    }

    private static ByteRun One(PanelPart part, float* tile, float* before, float* c) => new() { Part = part, Tile = tile, Count = 1, Before = before, C = c };

    private static AlignedBuffer Aligned(float[] values)
    {
        var buffer = new AlignedBuffer(Panels.Padded(values.Length));
        new Span<float>(buffer.Start, (int)buffer.Length).Clear();
        values.CopyTo(new Span<float>(buffer.Start, values.Length));
        return buffer;
    }

    private static AlignedBuffer Tile(PanelFormat format, float[] x)
    {
        var tile = new AlignedBuffer(ByteRow.TileLength(x.Length));
        fixed (float* from = x)
        {
            Round<Lanes512>(format, from, x.Length, tile.Start);
        }

        return tile;
    }

    private static void Round<TLanes>(PanelFormat format, float* x, int depth, float* tile) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (format == PanelFormat.Bytes)
        {
            ByteRow.Quantise<TLanes>(x, depth, tile);
        }
        else
        {
            ByteRow.QuantiseSigned<TLanes>(x, depth, tile);
        }
    }

    private static EmittedByteProduct Emit()
    {
        SkipWhereUnsupported();
        return new EmittedByteProduct(dump: null);
    }

    private static void SkipWhereUnsupported()
    {
        KernelCandidate candidate = JitKernels.Candidate(state: null, dump: null);
        Assert.SkipUnless(candidate.IsSupported, candidate.Reason);
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
