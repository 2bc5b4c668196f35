namespace Carousel.Runtime.Plans;

/// <summary>One tensor that a plan carries from step to step, such as <c>network.0.cell_l1</c>.</summary>
/// <param name="Name">The layer's name and what it is.</param>
/// <param name="Width">Values per stream.</param>
/// <param name="Offset">Where it starts in the state of one stream, padding included.</param>
internal sealed record StateSlot(string Name, int Width, int Offset);
