using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;

namespace Carousel.Networks;

/// <summary>
/// Layers one after another, each fed by the one before. Parameters carry the layer's index and a dot, as PyTorch's nn.Sequential: <c>0.weight_ih_l0</c>.
/// </summary>
public sealed class Sequential : Layer
{
    private readonly Layer[] _layers;

    /// <summary>Puts layers one after another.</summary>
    /// <param name="layers">The layers, first one first; at least one. That sizes fit shows when the network runs.</param>
    /// <exception cref="ArgumentException">There is no layer.</exception>
    public Sequential(params IEnumerable<Layer> layers)
    {
        _layers = [.. layers];
        if (_layers.Length == 0)
        {
            throw new ArgumentException("a sequence of layers needs at least one", nameof(layers));
        }
    }

    /// <summary>The layers, first one first.</summary>
    public IReadOnlyList<Layer> Layers => _layers;

    /// <summary>The parameters of all layers. One that several layers share is listed once, under the first, so that an optimiser steps it once.</summary>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        _layers.SelectMany((layer, index) => Within($"{index}", layer)).DistinctBy(entry => entry.Parameter);

    /// <inheritdoc/>
    public override int OutputLength(int length) => _layers.Aggregate(length, (steps, layer) => layer.OutputLength(steps));

    /// <summary>Runs the layers over a sequence.</summary>
    /// <param name="tape">Where the operations are recorded.</param>
    /// <param name="x">What the first layer takes.</param>
    /// <param name="state">What the same network returned for the steps before these; null at the start of a sequence.</param>
    /// <param name="lengths">Valid steps of each sequence, null when all are; after a layer that strides over time those of its output.</param>
    /// <returns>What the last layer gives, and the state after the last step.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public (Tensor Output, SequentialState State) Forward(Tape tape, Tensor x, SequentialState? state = null, IReadOnlyList<int>? lengths = null)
    {
        if (state is not null && state.Parts.Count != _layers.Length)
        {
            throw new ArgumentException($"the state of {_layers.Length} layers has as many parts, found {state.Parts.Count}", nameof(state));
        }

        var after = new LayerState?[_layers.Length];
        for (int index = 0; index < _layers.Length; index++)
        {
            Layer layer = _layers[index];
            using Tape.Scope scope = tape.Enter($"{index}");
            (x, after[index]) = layer.Forward(tape, x, state?.Parts[index], lengths);
            lengths = lengths?.Select(layer.OutputLength).ToArray();
        }

        return (x, new SequentialState(after));
    }

    /// <inheritdoc/>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        Forward(tape, x, Own<SequentialState>(state), lengths);
}
