namespace Carousel.Runtime.Kernels;

/// <summary>An extension of the processor, as the .NET run time offers it to this process.</summary>
/// <param name="Name">Its usual name.</param>
/// <param name="IsSupported">True when the processor has it and no setting turns it off.</param>
/// <param name="Use">What Carousel does with it.</param>
public sealed record InstructionSet(string Name, bool IsSupported, string Use);
