using System.Text.Json.Serialization;

namespace Carousel.Tasks.Classification;

/// <summary>How much an example of each label counts in training.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClassWeighting>))]
public enum ClassWeighting
{
    /// <summary>Every example counts the same.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Every label counts the same: examples / (labels · examples of the label), as King &amp; Zeng (2001).</summary>
    [JsonStringEnumMemberName("balanced")]
    Balanced,
}
