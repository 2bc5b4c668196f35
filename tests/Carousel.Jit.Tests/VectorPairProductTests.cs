using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;
using Carousel.Tests.Shared;

namespace Carousel.Jit.Tests;

public sealed class VectorPairProductTests : PairProductTests
{
    [Fact]
    public void Candidate_turned_off_says_by_what()
    {
        ProductCandidate candidate = JitKernels.PairCandidate("0", null);
        Assert.False(candidate.IsSupported);
        Assert.Contains($"{JitKernels.Variable}=0", candidate.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void RunPeak_counts_the_operations_of_its_rounds()
    {
        (BrainFloatProduct? product, string reason) = Create();
        Assert.SkipWhen(product is null, reason);
        Assert.Equal(1000 * product.RunPeak(1), product.RunPeak(1000));
    }

    [Fact]
    public void Dump_writes_each_kernel_under_its_name()
    {
        Assert.SkipWhen(Create().Product is null, "no emitted code here");
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var product = new VectorPairProduct(folder);
            Assert.Equal(PairTileEmitter.Emit(14, StripPart.Whole), File.ReadAllBytes(Path.Combine(folder, "pair-tile-14-32.bin")));
            Assert.Equal(PairPackingEmitter.EmitRows(), File.ReadAllBytes(Path.Combine(folder, "pair-rows.bin")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Multiply_allocates_nothing_once_its_memory_is_there()
    {
        (BrainFloatProduct? product, string why) = Create();
        Assert.SkipWhen(product is null, why);
        var mixed = new MixedKernels(new ScalarKernels(), product, why);
        var random = new Random(5);
        float[] a = Numbers(random, 40 * 300), b = Numbers(random, 300 * 70), c = new float[40 * 70];
        PackedMatrix packed = mixed.Pack(new Matrix(b, 300, 70));
        void Once()
        {
            mixed.Multiply(new Matrix(a, 40, 300), packed, c, 70, true, Workers.Single);
            mixed.Multiply(new Matrix(a, 300, 40).Transposed, new Matrix(b, 70, 300).Transposed, c, 70, true, Workers.Single);
            mixed.Pack(new Matrix(b, 300, 70), packed);
        }

        Once();
        Assert.Equal(0, Allocations.Of(Once));
    }

    private protected override (BrainFloatProduct? Product, string Reason) Create()
    {
        ProductCandidate candidate = JitKernels.PairCandidate(state: null, dump: null, evenIfSlow: true);
        return (candidate.IsSupported ? candidate.Create() : null, candidate.Reason);
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
