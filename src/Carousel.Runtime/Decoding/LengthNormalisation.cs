using System.Text.Json.Serialization;

namespace Carousel.Runtime.Decoding;

/// <summary>What the log-probability of a hypothesis is divided by, so that short ones are not preferred. |Y| is its number of tokens, the end symbol included.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LengthNormalisation>))]
public enum LengthNormalisation
{
    /// <summary>((5 + |Y|) / 6)^α (Wu et al. 2016, equation 14).</summary>
    [JsonStringEnumMemberName("wu")]
    Wu,

    /// <summary>|Y|^α; the mean log-probability of a token for α = 1.</summary>
    [JsonStringEnumMemberName("length")]
    Length,
}
