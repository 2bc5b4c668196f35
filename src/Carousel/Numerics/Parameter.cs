namespace Carousel.Numerics;

/// <summary>A tensor that training changes: a weight matrix, a bias. Kept by its layer for as long as the layer lives.</summary>
public sealed class Parameter
{
    /// <summary>A parameter of zeros.</summary>
    /// <param name="name">Name within its layer, PyTorch's where PyTorch has one: <c>weight_ih_l0</c>.</param>
    /// <param name="shape">Sizes of the axes.</param>
    public Parameter(string name, params ReadOnlySpan<int> shape)
    {
        Name = name;
        Tensor = new Tensor(shape) { NeedsGradient = true };
    }

    /// <summary>Name within its layer.</summary>
    public string Name { get; }

    /// <summary>The numbers and their gradient.</summary>
    public Tensor Tensor { get; }

    /// <summary>True for what weight decay shrinks: matrices, but not biases or norms.</summary>
    public bool Decays => Tensor.Rank > 1;

    /// <summary>Copies numbers in, row-major.</summary>
    /// <exception cref="ArgumentException">The count does not fit the shape.</exception>
    public void Assign(ReadOnlySpan<float> values)
    {
        if (values.Length != Tensor.Length)
        {
            throw new ArgumentException($"parameter '{Name}' {Tensor} has {Tensor.Length} elements, found {values.Length}", nameof(values));
        }

        values.CopyTo(Tensor.Values);
    }

    /// <summary>Reads the parameter as the tensor it holds.</summary>
    public static implicit operator Tensor(Parameter parameter) => parameter.Tensor;

    /// <summary>The tensor this parameter holds.</summary>
    public Tensor ToTensor() => Tensor;

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Tensor}";
}
