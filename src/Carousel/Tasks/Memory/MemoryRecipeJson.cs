using System.Text.Json.Serialization;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Memory;

/// <summary>Reads and writes recipes of tests of memory: unknown keys, wrong kinds of value and missing keys are errors that name the place and the nearest known key.</summary>
public static class MemoryRecipeJson
{
    /// <summary>Reads and writes <see cref="MemoryRecipe"/>.</summary>
    public static ConfigJson Shared { get; } = new(MemoryRecipeJsonContext.Default, [.. ModelJson.LayerPrototypes, .. TrainingConfigPrototypes.All, new MemoryRecipe()]);
}

/// <summary>Source-generated metadata of recipes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(MemoryRecipe))]
internal sealed partial class MemoryRecipeJsonContext : JsonSerializerContext;
