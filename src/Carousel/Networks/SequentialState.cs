using Carousel.Layers;
using Carousel.Numerics;

namespace Carousel.Networks;

/// <summary>What the layers of a <see cref="Sequential"/> remember.</summary>
/// <param name="Parts">One entry per layer, in order; null for a layer that remembers nothing.</param>
public sealed record SequentialState(IReadOnlyList<LayerState?> Parts) : LayerState
{
    /// <summary>The tensors of every layer's state, each under the layer's index and a dot: <c>1.hidden</c>.</summary>
    public override IEnumerable<(string Name, Tensor Tensor)> Tensors() =>
        Parts.SelectMany((part, index) => part?.Tensors().Select(entry => ($"{index}.{entry.Name}", entry.Tensor)) ?? []);

    /// <inheritdoc/>
    public override SequentialState Detach() => new([.. Parts.Select(part => part?.Detach())]);
}
