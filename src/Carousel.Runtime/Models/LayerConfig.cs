using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>
/// What one layer of a network is: sizes and switches, no numbers. The training layer and the inference plan read the same record.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(LstmConfig), "lstm")]
[JsonDerivedType(typeof(LinearConfig), "linear")]
public abstract record LayerConfig
{
    /// <summary>Features of one time step going in.</summary>
    [JsonIgnore]
    public abstract int InputFeatures { get; }

    /// <summary>Features of one time step coming out.</summary>
    [JsonIgnore]
    public abstract int OutputFeatures { get; }

    /// <summary>Every problem of this record, each as one sentence that names the field, what was found and what is allowed; empty when it is sound.</summary>
    public abstract IEnumerable<string> Validate();
}
