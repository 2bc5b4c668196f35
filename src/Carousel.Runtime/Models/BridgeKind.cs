using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>How the state in which a decoder starts comes from the encoder.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BridgeKind>))]
public enum BridgeKind
{
    /// <summary>The encoder's final h and c, layer by layer; the two directions of a layer stand side by side.</summary>
    [JsonStringEnumMemberName("copy")]
    Copy,

    /// <summary>tanh(W·x + b) of x, the final h of the encoder's last layer: forward, then backward.</summary>
    [JsonStringEnumMemberName("final")]
    Final,

    /// <summary>tanh(W·x + b) of x, the mean of the encoder's outputs.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,
}
