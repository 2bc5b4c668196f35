using Carousel.Numerics;

namespace Carousel.Layers;

/// <summary>What a recurrent layer remembers between two calls: a value that can be kept, copied and saved.</summary>
public abstract record LayerState
{
    /// <summary>The tensors of the state by name, always in the same order.</summary>
    public abstract IEnumerable<(string Name, Tensor Tensor)> Tensors();

    /// <summary>The same numbers with memory of their own and no history: what truncated back-propagation carries to the next chunk (Williams &amp; Peng 1990).</summary>
    public abstract LayerState Detach();

    /// <summary>Copies the numbers into another state of the same kind.</summary>
    /// <returns>False, and nothing is copied, when the other has other shapes.</returns>
    public virtual bool TryCopyTo(LayerState target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!Tensors().Select(entry => entry.Tensor.Length).SequenceEqual(target.Tensors().Select(entry => entry.Tensor.Length)))
        {
            return false;
        }

        foreach (((_, Tensor from), (_, Tensor to)) in Tensors().Zip(target.Tensors()))
        {
            from.Values.CopyTo(to.Values);
        }

        return true;
    }
}
