namespace Carousel.Runtime.Kernels;

/// <summary>Which kernels this process uses and why.</summary>
/// <param name="Selected">The name of the set in use.</param>
/// <param name="Because">Whether it was the best one or forced, in words.</param>
/// <param name="Sets">Every set of this build, best first.</param>
/// <param name="MixedProducts">Every way to multiply in bfloat16, for training in mixed precision, best first.</param>
/// <param name="InstructionSets">The instructions of this machine that matter to Carousel.</param>
public sealed record KernelExplanation(string Selected, string Because, IReadOnlyList<KernelChoice> Sets, IReadOnlyList<KernelChoice> MixedProducts, IReadOnlyList<InstructionSet> InstructionSets);
