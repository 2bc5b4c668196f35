using System.Text.Json.Serialization;

namespace Carousel.Tasks.Memory;

/// <summary>Which problem is set.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MemoryProblemKind>))]
public enum MemoryProblemKind
{
    /// <summary>Add two numbers that were marked long ago: <see cref="AddingProblem"/>.</summary>
    [JsonStringEnumMemberName("adding")]
    Adding,

    /// <summary>Repeat symbols that were seen long ago: <see cref="CopyProblem"/>.</summary>
    [JsonStringEnumMemberName("copy")]
    Copy,
}
