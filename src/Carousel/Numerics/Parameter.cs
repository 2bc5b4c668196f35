namespace Carousel.Numerics;

/// <summary>A tensor that training changes: a weight matrix, a bias. Kept by its layer for as long as the layer lives.</summary>
/// <remarks>
/// <see cref="Version"/> counts the changes, so that whoever keeps a packed copy of the numbers knows when it is stale.
/// </remarks>
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

    /// <summary>Number of changes announced through <see cref="Changed"/>.</summary>
    public int Version { get; private set; }

    /// <summary>True for what weight decay shrinks: matrices, but not biases or norms.</summary>
    public bool Decays => Tensor.Rank > 1;

    /// <summary>Must be called after the numbers were changed.</summary>
    public void Changed() => Version++;

    /// <summary>Copies numbers in, row-major, and announces the change.</summary>
    /// <exception cref="ArgumentException">The count does not fit the shape.</exception>
    public void Assign(ReadOnlySpan<float> values)
    {
        if (values.Length != Tensor.Length)
        {
            throw new ArgumentException($"parameter '{Name}' {Tensor} has {Tensor.Length} elements, found {values.Length}", nameof(values));
        }

        values.CopyTo(Tensor.Values);
        Changed();
    }

    /// <summary>Reads the parameter as the tensor it holds.</summary>
    public static implicit operator Tensor(Parameter parameter) => parameter.Tensor;

    /// <summary>The tensor this parameter holds.</summary>
    public Tensor ToTensor() => Tensor;

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Tensor}";
}
