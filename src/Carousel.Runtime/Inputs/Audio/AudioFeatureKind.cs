using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>What one frame of audio becomes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AudioFeatureKind>))]
public enum AudioFeatureKind
{
    /// <summary>The logarithm of the energy in each mel band.</summary>
    [JsonStringEnumMemberName("log_mel")]
    LogMel,

    /// <summary>Mel-frequency cepstra: the cosine transform of the log-mel energies (Davis &amp; Mermelstein 1980).</summary>
    [JsonStringEnumMemberName("mfcc")]
    Mfcc,

    /// <summary>Frames computed elsewhere: the model takes no audio.</summary>
    [JsonStringEnumMemberName("precomputed")]
    Precomputed,
}
