using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>How a query q and a key k are compared (Luong et al. 2015).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LuongScore>))]
public enum LuongScore
{
    /// <summary>q·k; both have the same size.</summary>
    [JsonStringEnumMemberName("dot")]
    Dot,

    /// <summary>qᵀ·W_a·k.</summary>
    [JsonStringEnumMemberName("general")]
    General,

    /// <summary>v·tanh(W_a·[q; k]).</summary>
    [JsonStringEnumMemberName("concat")]
    Concat,
}
