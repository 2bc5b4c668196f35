using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>Where the two usual recipes of log-mel features differ.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AudioFeatureStyle>))]
public enum AudioFeatureStyle
{
    /// <summary>Pre-emphasis over the whole signal; mel triangles that are straight over hertz.</summary>
    [JsonStringEnumMemberName("standard")]
    Standard,

    /// <summary>In each frame the mean is taken away and then pre-emphasis applied; mel triangles that are straight over mel (Povey et al. 2011).</summary>
    [JsonStringEnumMemberName("kaldi")]
    Kaldi,
}
