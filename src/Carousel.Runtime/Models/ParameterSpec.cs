namespace Carousel.Runtime.Models;

/// <summary>Name and shape of one trainable tensor, as an architecture expects it.</summary>
/// <param name="Name">PyTorch's name, e.g. <c>weight_ih_l0</c>, led by the names of the layers that hold it, e.g. <c>network.0.weight_ih_l0</c>.</param>
/// <param name="Shape">Length of each axis, outermost first; row-major.</param>
public sealed record ParameterSpec(string Name, IReadOnlyList<int> Shape)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (count, length) => count * length);

    /// <summary>The same tensor as part of a larger whole: <c>prefix.name</c>.</summary>
    public ParameterSpec Within(string prefix) => this with { Name = $"{prefix}.{Name}" };

    /// <summary>True when name and every axis agree.</summary>
    public bool Equals(ParameterSpec? other) => other is not null && Name == other.Name && Shape.SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Shape.Count);

    /// <summary>The name and the shape: <c>weight_ih_l0 [20, 5]</c>.</summary>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}]";
}
