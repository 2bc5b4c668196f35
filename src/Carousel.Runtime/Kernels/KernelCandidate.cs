namespace Carousel.Runtime.Kernels;

/// <summary>A kernel set before it is known to run here.</summary>
/// <param name="Name">The name by which it is forced.</param>
/// <param name="VectorBits">Width of its registers, in bits.</param>
/// <param name="IsSupported">True when this machine can run it.</param>
/// <param name="Merit">What it is good for.</param>
/// <param name="Missing">What it lacks here.</param>
/// <param name="Create">Makes it; called on machines that can run it, once.</param>
internal sealed record KernelCandidate(string Name, int VectorBits, bool IsSupported, string Merit, string Missing, Func<KernelSet> Create)
{
    private readonly Lazy<KernelSet> _set = new(Create);

    /// <summary>What it is good for, or what it lacks here.</summary>
    public string Reason => IsSupported ? Merit : Missing;

    /// <summary>The set, made when it is first wanted.</summary>
    public KernelSet Set => _set.Value;
}
