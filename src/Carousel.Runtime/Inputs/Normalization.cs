using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs;

/// <summary>Which of several ways to write the same character in Unicode a text is brought to before it is cut into tokens (Unicode Standard Annex 15).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Normalization>))]
public enum Normalization
{
    /// <summary>The text stays as it is.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>NFC: a letter and its accents as one character where there is one.</summary>
    [JsonStringEnumMemberName("nfc")]
    Nfc,

    /// <summary>NFKC: NFC after variants of form (ligatures, full-width letters, superscripts) became the plain characters.</summary>
    [JsonStringEnumMemberName("nfkc")]
    Nfkc,
}
