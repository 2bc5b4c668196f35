using Carousel.Runtime.Kernels.Steps;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>The parameters of one layer by the names of its config.</summary>
/// <param name="file">The whole model.</param>
/// <param name="format">How weights are to be held.</param>
/// <param name="prefix">Name of the layer, such as <c>network.0</c>.</param>
/// <param name="suffix">Place in a stack of cells, such as <c>_l1_reverse</c>, or empty.</param>
internal sealed class PlanWeights(ModelFile file, PanelFormat format, string prefix, string suffix = "")
{
    /// <summary>How weights are to be held.</summary>
    public PanelFormat Format => format;

    /// <summary>Name of the layer.</summary>
    public string Name => prefix;

    /// <summary>Place in a stack of cells.</summary>
    public string Suffix => suffix;

    /// <summary>A copy of a parameter as float32, for small ones.</summary>
    public float[] this[string name] => Stored(name).ToSingles();

    /// <summary>A parameter as float32, without a copy where the file holds it so.</summary>
    public ReadOnlySpan<float> Matrix(string name) => Stored(name).AsSingles();

    /// <summary>The parameters of a part of this layer.</summary>
    /// <param name="part">Its name, or its index.</param>
    public PlanWeights Of(string part) => new(file, format, $"{prefix}.{part}");

    /// <summary>The parameters of one cell of a stack.</summary>
    public PlanWeights At(int layer, bool reverse) => new(file, format, prefix, TensorNames.At("", layer, reverse));

    private StoredTensor Stored(string name) => file[$"{prefix}.{name}{suffix}"];
}
