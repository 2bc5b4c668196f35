namespace Carousel.Runtime.Decoding;

/// <summary>A label that was recognised.</summary>
/// <param name="Label">Its class.</param>
/// <param name="Step">The time step at which it was most probable.</param>
/// <param name="Share">How probable it was there, 0 … 1.</param>
public readonly record struct HeardLabel(int Label, int Step, float Share);
