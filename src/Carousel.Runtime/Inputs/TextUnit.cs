using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs;

/// <summary>What one token of a text is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TextUnit>))]
public enum TextUnit
{
    /// <summary>What stands between spaces; each line ends with the token <see cref="Vocabulary.EndOfSentence"/>.</summary>
    [JsonStringEnumMemberName("word")]
    Word,

    /// <summary>A Unicode character; each line ends with the token of the line feed.</summary>
    [JsonStringEnumMemberName("character")]
    Character,
}
