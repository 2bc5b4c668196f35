using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>What is taken out of the frames of one utterance, so that loudness and microphone matter less. Comes before the file's scaler.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UtteranceNormalisation>))]
public enum UtteranceNormalisation
{
    /// <summary>Nothing.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>
    /// Its loudness: the mean over all frames and mel bands, or of the first cepstrum. The colour of voice and microphone stays. Needs the whole utterance, so the features
    /// cannot be streamed.
    /// </summary>
    [JsonStringEnumMemberName("loudness")]
    Loudness,

    /// <summary>
    /// Its loudness: the largest number of all frames and mel bands, which silence before and after does not change, as a mean would. With
    /// <see cref="AudioFeaturesConfig.RangeDb"/> also how silent its silence is. For log-mel. Needs the whole utterance, so the features cannot be streamed.
    /// </summary>
    [JsonStringEnumMemberName("peak")]
    Peak,

    /// <summary>The mean of each feature. Needs the whole utterance, so the features cannot be streamed.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,

    /// <summary>The mean of each feature, then its standard deviation divided out. Needs the whole utterance, so the features cannot be streamed.</summary>
    [JsonStringEnumMemberName("mean_and_deviation")]
    MeanAndDeviation,
}
