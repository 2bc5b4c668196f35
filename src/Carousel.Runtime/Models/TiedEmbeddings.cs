using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>Which of the three tables of a translation model are one: source embedding, target embedding, output layer (Press &amp; Wolf 2017).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TiedEmbeddings>))]
public enum TiedEmbeddings
{
    /// <summary>Each is its own.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The target embedding is the output layer's weight.</summary>
    [JsonStringEnumMemberName("target")]
    Target,

    /// <summary>All three are one: source and target share a vocabulary.</summary>
    [JsonStringEnumMemberName("all")]
    All,
}
