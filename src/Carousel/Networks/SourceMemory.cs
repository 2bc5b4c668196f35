using Carousel.Cells;
using Carousel.Layers;

namespace Carousel.Networks;

/// <summary>What a network that translates keeps of the sentences it has read.</summary>
/// <param name="Attended">What its attention looks at; null where it has none.</param>
/// <param name="State">The state the decoder starts from.</param>
public sealed record SourceMemory(AttentionMemory? Attended, LstmState State);
