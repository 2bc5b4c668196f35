using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Layers;

/// <summary>
/// Anything with parameters that turns a sequence into a sequence. A layer holds weights and nothing else: what it remembers of a sequence is a
/// <see cref="LayerState"/>, which the caller passes in and gets back.
/// </summary>
public abstract class Layer
{
    /// <summary>The parameters under names that are unique within this layer, always in the same order. A composite puts the part's name and a dot before each.</summary>
    public abstract IEnumerable<(string Name, Parameter Parameter)> Parameters();

    /// <summary>Runs the layer over a sequence.</summary>
    /// <param name="tape">Where the operations are recorded.</param>
    /// <param name="x">[T, B, I], time first.</param>
    /// <param name="state">What the same layer returned for the steps before these; null at the start of a sequence.</param>
    /// <param name="lengths">Valid steps of each sequence; null when all have T. Output beyond a sequence's length is 0 for recurrent layers and meaningless for others.</param>
    /// <returns>[T, B, O] (or what the layer's own comment says), and the state after the last step: null for layers that remember nothing.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public abstract (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null);

    /// <summary>Valid steps that come out of a sequence of <paramref name="length"/> valid steps; the same number unless the layer strides over time.</summary>
    /// <param name="length">Valid steps going in, 0 or more.</param>
    public virtual int OutputLength(int length) => length;

    /// <summary>The parameters of a part of this layer, the part's name and a dot before each.</summary>
    protected static IEnumerable<(string Name, Parameter Parameter)> Within(string part, Layer layer) =>
        layer.Parameters().Select(entry => ($"{part}.{entry.Name}", entry.Parameter));

    /// <summary>Casts a state to the kind this layer keeps.</summary>
    /// <exception cref="ArgumentException">The state is another layer's.</exception>
    protected TState? Own<TState>(LayerState? state)
        where TState : LayerState =>
        state is null or TState ? (TState?)state : throw new ArgumentException($"{GetType().Name} keeps a {typeof(TState).Name}, found a {state.GetType().Name}", nameof(state));
}
