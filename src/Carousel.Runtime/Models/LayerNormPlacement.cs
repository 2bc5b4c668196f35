using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>Where a layer-normalised LSTM normalises.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LayerNormPlacement>))]
public enum LayerNormPlacement
{
    /// <summary>z = LN(W·x + U·h)·γ + β: the sum of both products at once; β acts as the bias.</summary>
    [JsonStringEnumMemberName("pre_activation")]
    PreActivation,

    /// <summary>z = LN(U·h) + LN(W·x) + b, h = o·tanh(LN(c)), each with its own γ and β; c is carried un-normalised (Ba et al. 2016).</summary>
    [JsonStringEnumMemberName("ba2016")]
    Ba2016,
}
