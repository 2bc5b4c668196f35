using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>The weights w[k], k = 0 … L − 1, of the L samples of a frame.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AnalysisWindow>))]
public enum AnalysisWindow
{
    /// <summary>½ − ½·cos(2πk / L).</summary>
    [JsonStringEnumMemberName("hann_periodic")]
    HannPeriodic,

    /// <summary>½ − ½·cos(2πk / (L − 1)).</summary>
    [JsonStringEnumMemberName("hann_symmetric")]
    HannSymmetric,

    /// <summary>(½ − ½·cos(2πk / (L − 1)))^0.85 (Povey et al. 2011).</summary>
    [JsonStringEnumMemberName("povey")]
    Povey,
}
