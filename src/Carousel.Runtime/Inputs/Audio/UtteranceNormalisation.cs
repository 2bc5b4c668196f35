using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>What is taken out of the frames of one utterance, per feature, so that loudness and microphone matter less. Comes before the file's scaler.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UtteranceNormalisation>))]
public enum UtteranceNormalisation
{
    /// <summary>Nothing.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The utterance's mean. Needs the whole utterance, so the features cannot be streamed.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,

    /// <summary>The utterance's mean, then its standard deviation divided out. Needs the whole utterance, so the features cannot be streamed.</summary>
    [JsonStringEnumMemberName("mean_and_deviation")]
    MeanAndDeviation,
}
