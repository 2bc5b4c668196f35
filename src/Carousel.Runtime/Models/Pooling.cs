using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>How the outputs of all time steps become the one that a sequence is classified by.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Pooling>))]
public enum Pooling
{
    /// <summary>The output after the last step; of a layer in both directions, what each direction says at its own end.</summary>
    [JsonStringEnumMemberName("last")]
    Last,

    /// <summary>The largest value of each feature.</summary>
    [JsonStringEnumMemberName("max")]
    Max,

    /// <summary>The mean of each feature.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,

    /// <summary>A weighted mean: the last output asks all of them, as a decoder asks its source (Bahdanau et al. 2015). Needs the whole sequence.</summary>
    [JsonStringEnumMemberName("attention")]
    Attention,
}
