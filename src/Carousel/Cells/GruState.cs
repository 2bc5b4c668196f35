using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>What a GRU remembers; entry layer · directions + direction of the first axis.</summary>
/// <param name="Hidden">h [L·D, B, H]</param>
public sealed record GruState(Tensor Hidden) : LayerState, IRecurrentState<GruState>
{
    /// <inheritdoc/>
    public static IReadOnlyList<int> Widths(RecurrentConfig config) => [config.HiddenSize];

    /// <inheritdoc/>
    public static GruState From(IReadOnlyList<Tensor> tensors) => new(tensors[0]);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Tensor)> Tensors() => [("hidden", Hidden)];

    /// <inheritdoc/>
    public override GruState Detach() => new(Hidden.Detach());
}
