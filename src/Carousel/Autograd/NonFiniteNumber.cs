using System.Globalization;

namespace Carousel.Autograd;

/// <summary>Where a computation first left the finite numbers.</summary>
/// <param name="Layer">The layer, by the names it was entered under; empty outside any.</param>
/// <param name="Operation">The operation whose result it is.</param>
/// <param name="IsGradient">True for a gradient, false for a value.</param>
/// <param name="Shape">Shape of the tensor.</param>
/// <param name="Index">Flat row-major index of the first such element.</param>
/// <param name="Value">NaN, +∞ or −∞.</param>
public sealed record NonFiniteNumber(string Layer, string Operation, bool IsGradient, IReadOnlyList<int> Shape, int Index, float Value)
{
    /// <summary>Which of the operation's tensors it is, such as <c>cell state</c>; empty for the result of an operation that has but one.</summary>
    public string Tensor { get; init; } = "";

    /// <summary>The time step; null when the tensor belongs to none.</summary>
    /// <value>That of a tensor [T, B, …].</value>
    public int? TimeStep { get; init; } = Shape.Count < 3 || Shape[0] == 0 ? null : Index / Shape.Skip(1).Aggregate(1, (product, size) => product * size);

    /// <summary>Flat index of the first element that is not finite, or −1.</summary>
    public static int Find(ReadOnlySpan<float> values)
    {
        // The sum is non-finite when any element is, or when large numbers overflow it; only then is it worth looking at each.
        if (float.IsFinite(TensorPrimitives.SumOfMagnitudes(values)))
        {
            return -1;
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>One sentence: value, tensor, layer, time step.</summary>
    public override string ToString()
    {
        string what = Tensor.Length == 0 ? Operation : $"{Operation} {Tensor}", where = Layer.Length == 0 ? what : $"layer '{Layer}', {what}";
        string when = TimeStep is int step ? $", time step {step.ToString(CultureInfo.InvariantCulture)}" : "";
        return $"{(IsGradient ? "gradient of " : "")}{where} [{string.Join(", ", Shape)}]{when}: first non-finite number {Value.ToString(CultureInfo.InvariantCulture)} at element {Index}";
    }
}
