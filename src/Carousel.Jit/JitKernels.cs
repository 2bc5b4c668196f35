using System.Runtime.Intrinsics.X86;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Lanes;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Jit;

/// <summary>
/// Kernels in machine code that is written at run time, for instructions that .NET does not expose. They give the same bits as the kernels they stand in for, only sooner.
/// </summary>
public static class JitKernels
{
    /// <summary>The environment variable that turns emitted code off when it is 0.</summary>
    public const string Variable = "CAROUSEL_JIT";

    /// <summary>The environment variable that names a folder for the machine code of each kernel, as NAME.bin.</summary>
    public const string DumpVariable = "CAROUSEL_JIT_DUMP";

    /// <summary>The name of the set with 512-bit products of bytes; all else in it is that of avx512.</summary>
    public const string ByteProducts = "avx512-vnni";

    /// <summary>
    /// Adds the emitted kernels to the <see cref="KernelCatalog"/>, as the best set where this machine can run them and with the reason where it cannot. Again: does nothing.
    /// </summary>
    /// <remarks>Nothing is emitted before a model of int8 weights is compiled.</remarks>
    /// <exception cref="InvalidOperationException">The catalog is in use already: register when the process starts.</exception>
    public static void Register()
    {
        string? state = Environment.GetEnvironmentVariable(Variable), dump = Environment.GetEnvironmentVariable(DumpVariable);
        KernelCatalog.Register(Candidate(state, dump));
        KernelCatalog.Register(VectorPairProduct.ProductName, () => PairCandidate(state, dump));
        KernelCatalog.Register(TilePairProduct.ProductName, () => TileCandidate(state, dump));
    }

    /// <summary>Products by <c>vdpbf16ps</c>.</summary>
    /// <param name="state">The value of <see cref="Variable"/>.</param>
    /// <param name="dump">The value of <see cref="DumpVariable"/>.</param>
    /// <param name="evenIfSlow">True to take them also where float32 products are faster.</param>
    internal static ProductCandidate PairCandidate(string? state, string? dump, bool evenIfSlow = false)
    {
        string missing = Missing(state, "AVX512-BF16", HasPairProducts);
        if (missing.Length == 0 && !evenIfSlow && !AreTwicePairProducts())
        {
            missing = "this processor's AVX512-BF16 does half as many multiply-adds per second as its float32 instructions";
        }

        return new ProductCandidate(
            VectorPairProduct.ProductName, 512, missing.Length == 0,
            "emitted AVX512-BF16 code: two products of bfloat16 per lane and instruction", missing, () => new VectorPairProduct(dump));
    }

    /// <summary>Products by AMX tiles: only where the system permits them and they have just given the right numbers.</summary>
    /// <param name="state">The value of <see cref="Variable"/>.</param>
    /// <param name="dump">The value of <see cref="DumpVariable"/>.</param>
    internal static ProductCandidate TileCandidate(string? state, string? dump)
    {
        string missing = Missing(state, "AVX512-BF16", HasPairProducts);
        missing = missing.Length == 0 ? TileSupport.Missing() : missing;
        TilePairProduct? product = missing.Length == 0 ? new TilePairProduct(dump) : null;
        if (product is not null && !PairSelfCheck.Passes(product))
        {
            product.Dispose();
            missing = "failed its self-check on this machine";
        }

        return new ProductCandidate(
            TilePairProduct.ProductName, 512, missing.Length == 0,
            "emitted AMX code: sixteen rows of sixteen pairs of bfloat16 times as many columns in one instruction", missing, () => product!);
    }

    internal static KernelCandidate Candidate(string? state, string? dump)
    {
        string missing = Missing(state, "AVX512-VNNI", HasByteProducts);
        return new KernelCandidate(
            ByteProducts, 512, missing.Length == 0,
            "as avx512, with int8 and int4 products by emitted AVX512-VNNI code: four products of bytes per lane and instruction", missing,
            () => new VectorKernels<Lanes512, Twice<Lanes512>, Lanes512>(
                ByteProducts, tallestTile: 12, new VectorStepKernels<Lanes512, Twice<Twice<Lanes512>>>(tallestTile: 6, new Lazy<ByteProduct>(() => new EmittedByteProduct(dump)))));
    }

    private static string Missing(string? state, string instructions, Func<bool> hasThem)
    {
        if (state == "0")
        {
            return $"turned off by {Variable}=0";
        }

        // What .NET offers of AVX-512 also says that the system saves its registers.
        if (!X86Base.X64.IsSupported || !Lanes512.IsSupported || !Avx512BW.IsSupported || !hasThem())
        {
            return $"needs {instructions}, which this processor or DOTNET_EnableAVX512 does not offer";
        }

        return ExecutableMemory.IsAllowed(out string reason) ? "" : reason;
    }

    // CPUID leaf 7, ECX bit 11: AVX512_VNNI.
    private static bool HasByteProducts()
    {
        const int features = 7, vectorNeuralNetworkInstructions = 1 << 11;
        return X86Base.CpuId(0, 0).Eax >= features && (X86Base.CpuId(features, 0).Ecx & vectorNeuralNetworkInstructions) != 0;
    }

    // Half of float32 was measured on Intel's Sapphire Rapids, twice on AMD's Zen 5. By name and not by measuring, so that the same machine always gives the same bits.
    private static bool AreTwicePairProducts() => X86Base.CpuId(0, 0) is { Ebx: 0x68747541, Edx: 0x69746E65, Ecx: 0x444D4163 }; // AuthenticAMD

    // CPUID leaf 7, subleaf 1, EAX bit 5: AVX512_BF16.
    private static bool HasPairProducts()
    {
        const int features = 7, more = 1, brainFloat = 1 << 5;
        return X86Base.CpuId(0, 0).Eax >= features && X86Base.CpuId(features, 0).Eax >= more && (X86Base.CpuId(features, more).Eax & brainFloat) != 0;
    }
}
