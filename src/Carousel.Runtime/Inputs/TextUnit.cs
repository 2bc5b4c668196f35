using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs;

/// <summary>What one token of a text is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TextUnit>))]
public enum TextUnit
{
    /// <summary>What stands between spaces: <see cref="WordTokenizer"/>.</summary>
    [JsonStringEnumMemberName("word")]
    Word,

    /// <summary>A Unicode character: <see cref="CharacterTokenizer"/>.</summary>
    [JsonStringEnumMemberName("character")]
    Character,

    /// <summary>A piece of a word: <see cref="BytePairTokenizer"/>.</summary>
    [JsonStringEnumMemberName("subword")]
    Subword,
}
