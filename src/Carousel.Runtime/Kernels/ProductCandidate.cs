using Carousel.Runtime.Kernels.Products;

namespace Carousel.Runtime.Kernels;

/// <summary>An implementation of products in bfloat16 before it is known to run here.</summary>
/// <param name="Name">The name under which it is reported.</param>
/// <param name="VectorBits">Width of the registers that a kernel set must use for it, in bits.</param>
/// <param name="IsSupported">True when this machine can run it.</param>
/// <param name="Merit">What it is good for.</param>
/// <param name="Missing">What it lacks here.</param>
/// <param name="Create">Makes it; called on machines that can run it, for each kernel set that uses it.</param>
internal sealed record ProductCandidate(string Name, int VectorBits, bool IsSupported, string Merit, string Missing, Func<BrainFloatProduct> Create)
{
    /// <summary>What it is good for, or what it lacks here.</summary>
    public string Reason => IsSupported ? Merit : Missing;
}
