using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>How a decoder that translates compares its output h_t with the encoder's outputs k_s.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AttentionKind>))]
public enum AttentionKind
{
    /// <summary>Not at all: the encoder's final state is all the decoder knows of the source (Sutskever et al. 2014).</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>v·tanh(W_q·h_t + W_k·k_s) (Bahdanau et al. 2015).</summary>
    [JsonStringEnumMemberName("bahdanau")]
    Bahdanau,

    /// <summary>h_t·k_s; both have the same size (Luong et al. 2015).</summary>
    [JsonStringEnumMemberName("luong_dot")]
    LuongDot,

    /// <summary>h_tᵀ·W_a·k_s (Luong et al. 2015).</summary>
    [JsonStringEnumMemberName("luong_general")]
    LuongGeneral,
}
