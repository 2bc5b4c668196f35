using System.Text.Json.Serialization;
using Carousel.Data;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>Reads and writes recipes of language models: unknown keys, wrong kinds of value and missing keys are errors that name the place and the nearest known key.</summary>
public static class LanguageModelRecipeJson
{
    /// <summary>Reads and writes <see cref="LanguageModelRecipe"/>.</summary>
    public static ConfigJson Shared { get; } = new(LanguageModelRecipeJsonContext.Default,
        [.. TrainingConfigPrototypes.All, new LstmConfig(0, 0), new LanguageModelConfig(), new TextConfig(), new AwdConfig(), new LanguageModelRecipe()]);
}

/// <summary>Source-generated metadata of recipes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LanguageModelRecipe))]
internal sealed partial class LanguageModelRecipeJsonContext : JsonSerializerContext;
