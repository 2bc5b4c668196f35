using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tests.Shared;

namespace Carousel.Jit.Tests;

/// <summary>The only tests of this process that use the catalog: it takes no kernels once it is in use.</summary>
public sealed class JitKernelsTests
{
    private const int Inputs = 6, Steps = 40;

    static JitKernelsTests() => JitKernels.Register();

    [Fact]
    public void Register_again_changes_nothing()
    {
        JitKernels.Register();
        Assert.Single(KernelCatalog.Explain().Sets, set => set.Name == JitKernels.ByteProducts);
    }

    [Fact]
    public void Register_when_the_catalog_is_in_use_says_so()
    {
        Assert.NotEmpty(KernelCatalog.Supported);
        KernelCandidate late = JitKernels.Candidate(null, null) with { Name = "late" };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => KernelCatalog.Register(late));
        Assert.Contains("'late'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_names_the_emitted_set_first_with_its_reason()
    {
        KernelChoice first = KernelCatalog.Explain().Sets[0];
        Assert.Equal(JitKernels.ByteProducts, first.Name);
        Assert.Contains("AVX512-VNNI", first.Reason, StringComparison.Ordinal);
        Assert.Equal(first.IsSupported, KernelCatalog.Supported[0].Name == JitKernels.ByteProducts);
    }

    [Fact]
    public void Explain_names_the_emitted_bf16_products_and_the_fallback()
    {
        IReadOnlyList<KernelChoice> products = KernelCatalog.Explain().MixedProducts;
        Assert.Equal([TilePairProduct.ProductName, VectorPairProduct.ProductName, "rounded"], products.Select(product => product.Name));
        Assert.Single(products, product => product.IsSelected);
        Assert.Equal(KernelCatalog.Selected.Mixed.IsFallback, products[2].IsSelected);
        Assert.All(products, product => Assert.NotEmpty(product.Reason));

        KernelChoice scalar = KernelCatalog.Explain("scalar").MixedProducts[2];
        Assert.True(scalar.IsSelected);
        Assert.Contains("not scalar", KernelCatalog.Supported.Single(set => set.Name == "scalar").Mixed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Candidate_turned_off_says_by_what()
    {
        KernelCandidate candidate = JitKernels.Candidate("0", null);
        Assert.False(candidate.IsSupported);
        Assert.Contains($"{JitKernels.Variable}=0", candidate.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void Stream_same_bits_as_every_other_set(Precision precision)
    {
        SkipWhereUnsupported();
        uint[] emitted = Run(precision, JitKernels.ByteProducts, threads: 1);
        Assert.Contains(emitted, bits => bits != 0);
        Assert.All(KernelCatalog.Supported, set => Assert.Equal(emitted, Run(precision, set.Name, threads: 1)));
        Assert.Equal(emitted, Run(precision, JitKernels.ByteProducts, threads: 2));
    }

    [Theory]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void Step_allocates_nothing(Precision precision)
    {
        SkipWhereUnsupported();
        using var model = CompiledModel.Compile(File(), new CompileOptions { Precision = precision, Kernel = JitKernels.ByteProducts });
        using ModelStream stream = model.OpenStream();
        float[] x = new float[Inputs], y = new float[model.OutputSize];
        Assert.Equal(0, Allocations.OfCalls(warmUp: 100, calls: Steps, () => stream.Step(x, y)));
    }

    private static void SkipWhereUnsupported() =>
        Assert.SkipUnless(KernelCatalog.Supported.Any(set => set.Name == JitKernels.ByteProducts), KernelCatalog.Explain().Sets[0].Reason);

    private static uint[] Run(Precision precision, string kernel, int threads)
    {
        using var model = CompiledModel.Compile(File(), new CompileOptions { Precision = precision, Kernel = kernel, Threads = threads });
        using ModelStream stream = model.OpenStream();
        var random = new Random(3);
        float[] x = new float[Inputs], y = new float[model.OutputSize];
        var bits = new List<uint>();
        for (int step = 0; step < Steps; step++)
        {
            for (int at = 0; at < x.Length; at++)
            {
                x[at] = (random.NextSingle() * 2) - 1;
            }

            stream.Step(x, y);
            bits.AddRange(y.Select(BitConverter.SingleToUInt32Bits));
        }

        return [.. bits];
    }

    // Panels of one to four lane groups, odd depths, a layer large enough for two threads, and every place that multiplies: gates of three and four, a projection, linear
    // layers.
    private static ModelFile File()
    {
        var random = new Random(1);
        var config = new SequentialConfig(new LinearConfig(Inputs, 37), new LstmConfig(37, 45) { Layers = 2 }, new LstmConfig(45, 257), new LstmConfig(257, 17) { ProjectionSize = 5 }, new GruConfig(5, 21), new LinearConfig(21, 70));
        return new ModelFile(new NetworkConfig(config), config.Parameters().Select(parameter =>
            StoredTensor.FromSingles($"network.{parameter.Name}", parameter.Shape, [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => random.NextSingle() - 0.5f)])));
    }
}
