using Carousel.Numerics;

namespace Carousel.Layers;

/// <summary>What a recurrent layer remembers between two calls: a value that can be kept, copied and saved.</summary>
public abstract record LayerState
{
    /// <summary>The tensors of the state by name, always in the same order.</summary>
    public abstract IEnumerable<(string Name, Tensor Tensor)> Tensors();

    /// <summary>The same numbers with memory of their own and no history: what truncated back-propagation carries to the next chunk (Williams &amp; Peng 1990).</summary>
    public abstract LayerState Detach();
}
