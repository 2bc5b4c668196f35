namespace Carousel.Runtime.Kernels;

/// <summary>One set of kernels as the catalog sees it on this machine.</summary>
/// <param name="Name">The name by which it is forced.</param>
/// <param name="VectorBits">Width of its registers, in bits.</param>
/// <param name="IsSupported">True when this machine can run it.</param>
/// <param name="IsSelected">True when this process uses it.</param>
/// <param name="Reason">What it is good for, or what it lacks here.</param>
public sealed record KernelChoice(string Name, int VectorBits, bool IsSupported, bool IsSelected, string Reason);
