using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>What an LSTM of any kind remembers; entry layer · directions + direction of the first axis.</summary>
/// <param name="Hidden">h [L·D, B, P]</param>
/// <param name="Cell">c [L·D, B, H]</param>
public sealed record LstmState(Tensor Hidden, Tensor Cell) : LayerState, IRecurrentState<LstmState>
{
    /// <inheritdoc/>
    public static IReadOnlyList<int> Widths(RecurrentConfig config) => [config.OutputSize, config.HiddenSize];

    /// <inheritdoc/>
    public static LstmState From(IReadOnlyList<Tensor> tensors) => new(tensors[0], tensors[1]);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Tensor)> Tensors() => [("hidden", Hidden), ("cell", Cell)];

    /// <inheritdoc/>
    public override LstmState Detach() => new(Hidden.Detach(), Cell.Detach());

    /// <inheritdoc/>
    public override bool TryCopyTo(LayerState target) =>
        target is LstmState other && Hidden.TryCopyTo(other.Hidden) && Cell.TryCopyTo(other.Cell);
}
