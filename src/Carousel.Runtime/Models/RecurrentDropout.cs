using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>What a recurrent dropout drops. Kept values are scaled by 1 / (1 − p) while training; nothing is dropped or scaled otherwise.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RecurrentDropout>))]
public enum RecurrentDropout
{
    /// <summary>The candidate: c = f·c₋ + i·(m·g), so the memory itself is never dropped (Semeniuta et al. 2016).</summary>
    [JsonStringEnumMemberName("candidate")]
    Candidate,

    /// <summary>x and h, with the same two masks at every time step and for all gates (Gal &amp; Ghahramani 2016).</summary>
    [JsonStringEnumMemberName("variational")]
    Variational,

    /// <summary>The recurrent weights U, with one mask for the whole sequence (Merity et al. 2018).</summary>
    [JsonStringEnumMemberName("weight_drop")]
    WeightDrop,
}
