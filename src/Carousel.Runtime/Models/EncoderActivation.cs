using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>The non-linearity of an encoder layer's feed-forward part.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EncoderActivation>))]
public enum EncoderActivation
{
    /// <summary>max(x, 0).</summary>
    [JsonStringEnumMemberName("relu")]
    Relu,

    /// <summary>x·Φ(x), with the exact error function (Hendrycks &amp; Gimpel 2016).</summary>
    [JsonStringEnumMemberName("gelu")]
    Gelu,
}
