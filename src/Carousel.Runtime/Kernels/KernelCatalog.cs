using Carousel.Runtime.Kernels.Lanes;

namespace Carousel.Runtime.Kernels;

/// <summary>The kernel sets of this build, best first, and the one this process uses.</summary>
public static class KernelCatalog
{
    /// <summary>The environment variable that forces a set by name; an unknown or unsupported name is an error.</summary>
    public const string Variable = "CAROUSEL_KERNELS";

    /// <summary>Every set this machine can run, best first.</summary>
    public static IReadOnlyList<KernelSet> Supported { get; } =
    [
        .. Lanes512.IsSupported ? [new VectorKernels<Lanes512, Twice<Lanes512>>("avx512", 12)] : Array.Empty<KernelSet>(),
        .. Lanes256.IsSupported ? [new VectorKernels<Lanes256, Lanes256>("avx2", 6)] : Array.Empty<KernelSet>(),
        .. Lanes128.IsSupported ? [new VectorKernels<Lanes128, Lanes128>("portable", 2)] : Array.Empty<KernelSet>(),
        new ScalarKernels(),
    ];

    /// <summary>The set this process uses.</summary>
    public static KernelSet Selected => Supported[0];
}
