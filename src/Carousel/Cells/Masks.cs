using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Cells;

/// <summary>The dropout masks of one cell over one sequence: given by name, or drawn while training.</summary>
/// <param name="given">Masks by name with suffix: <c>mask_h_l0</c>, <c>mask_h_l0_reverse</c>; null for none.</param>
/// <param name="suffix">The part of the names that tells layer and direction.</param>
public sealed class Masks(IReadOnlyDictionary<string, Tensor>? given, string suffix)
{
    /// <summary>True when a mask is given.</summary>
    /// <param name="name">Name without suffix, such as <c>mask_h</c>.</param>
    public bool Has(string name) => given?.ContainsKey(name + suffix) ?? false;

    /// <summary>The given mask; null when there is none.</summary>
    /// <param name="name">Name without suffix, such as <c>mask_h</c>.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <exception cref="ArgumentException">The mask has another shape.</exception>
    public Tensor? Find(string name, params ReadOnlySpan<int> shape)
    {
        Tensor? mask = given?.GetValueOrDefault(name + suffix);
        return mask is null || mask.Shape.SequenceEqual(shape)
            ? mask
            : throw new ArgumentException($"mask '{name}{suffix}' must be {Tensor.Describe(shape)}, found {mask}");
    }

    /// <summary>The given mask; else, while training, one of 0 and 1/(1 − rate) from the tape's random numbers; else null.</summary>
    /// <param name="tape">Where it is drawn.</param>
    /// <param name="name">Name without suffix, such as <c>mask_h</c>.</param>
    /// <param name="rate">Share set to 0; 0 draws nothing.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <exception cref="ArgumentException">The mask has another shape.</exception>
    public Tensor? Dropout(Tape tape, string name, float rate, params ReadOnlySpan<int> shape) =>
        Find(name, shape) ?? (tape.IsTraining && rate > 0 ? tape.DropoutMask(rate, shape) : null);
}
