using Carousel.Layers;
using Carousel.Numerics;

namespace Carousel.Cells;

/// <summary>What an LSTM remembers; entry layer · directions + direction of the first axis.</summary>
/// <param name="Hidden">h [L·D, B, P]</param>
/// <param name="Cell">c [L·D, B, H]</param>
public sealed record LstmState(Tensor Hidden, Tensor Cell) : LayerState
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Tensor)> Tensors() => [("hidden", Hidden), ("cell", Cell)];

    /// <inheritdoc/>
    public override LstmState Detach() => new(Hidden.Detach(), Cell.Detach());
}
