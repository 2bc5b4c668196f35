using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>Over which values the mean and variance of the gates' pre-activations are taken.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LayerNormGroup>))]
public enum LayerNormGroup
{
    /// <summary>Over the H values of each gate.</summary>
    [JsonStringEnumMemberName("per_gate")]
    PerGate,

    /// <summary>Over all 4H values.</summary>
    [JsonStringEnumMemberName("joint")]
    Joint,
}
