using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// A state that <see cref="RecurrentLayer{TConfig, TState}"/> can cut into cells and join again. The same record holds the state of a whole layer, [L·D, B, width],
/// and that of one cell inside it, [B, width].
/// </summary>
/// <typeparam name="TSelf">The record itself.</typeparam>
public interface IRecurrentState<TSelf>
    where TSelf : LayerState, IRecurrentState<TSelf>
{
    /// <summary>h, what leaves the cell and recurs.</summary>
    Tensor Hidden { get; }

    /// <summary>Width of each tensor of the state, in the order of <see cref="LayerState.Tensors"/>.</summary>
    static abstract IReadOnlyList<int> Widths(RecurrentConfig config);

    /// <summary>The state made of <paramref name="tensors"/>, in the order of <see cref="LayerState.Tensors"/>.</summary>
    static abstract TSelf From(IReadOnlyList<Tensor> tensors);
}
