using System.Text.Json.Serialization;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>Layers one after another. Each takes as many features as the one before it gives.</summary>
/// <param name="Layers">The layers, first one first; at least one.</param>
[method: JsonConstructor]
public sealed record SequentialConfig(IReadOnlyList<LayerConfig> Layers) : LayerConfig
{
    /// <summary>A sequence of the given layers.</summary>
    /// <param name="layers">The layers, first one first.</param>
    public SequentialConfig(params LayerConfig[] layers)
        : this((IReadOnlyList<LayerConfig>)layers)
    {
    }

    /// <summary>Features the first layer takes; 0 when there is none.</summary>
    public override int InputFeatures => Layers.Count > 0 ? Layers[0].InputFeatures : 0;

    /// <summary>Features the last layer gives; 0 when there is none.</summary>
    public override int OutputFeatures => Layers.Count > 0 ? Layers[^1].OutputFeatures : 0;

    /// <summary>Feeds the first layer, and gives every later layer whose input size was left at 0 what the one before it gives.</summary>
    /// <param name="features">Features going into the first layer.</param>
    public override LayerConfig WithInput(int features)
    {
        var layers = new LayerConfig[Layers.Count];
        for (int i = 0; i < layers.Length; i++)
        {
            int incoming = i == 0 ? features : layers[i - 1].OutputFeatures;
            layers[i] = i == 0 || Layers[i].InputFeatures == 0 ? Layers[i].WithInput(incoming) : Layers[i];
        }

        return new SequentialConfig(layers);
    }

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with { Layers = json.Get(Layers, Read) };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        var problems = new Problems();
        problems.Unless(Layers.Count > 0, "layers is empty, expected at least one");
        for (int i = 0; i < Layers.Count; i++)
        {
            problems.Within($"layers[{i}]", Layers[i].Validate());
            if (i > 0)
            {
                int given = Layers[i - 1].OutputFeatures, taken = Layers[i].InputFeatures;
                problems.Unless(given == taken, $"layers[{i}] takes {taken} features, expected {given}, which layers[{i - 1}] gives");
            }
        }

        return problems;
    }

    /// <summary>The tensors of each layer under its index, as PyTorch's nn.Sequential: <c>0.weight</c>.</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
        Layers.SelectMany((layer, index) => layer.Parameters().Select(parameter => parameter.Within($"{index}")));

    /// <summary>True when all layers are equal.</summary>
    public bool Equals(SequentialConfig? other) => other is not null && Layers.SequenceEqual(other.Layers);

    /// <inheritdoc/>
    public override int GetHashCode() => Layers.Aggregate(Layers.Count, HashCode.Combine);
}
