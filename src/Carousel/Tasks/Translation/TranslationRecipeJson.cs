using System.Text.Json.Serialization;
using Carousel.Data;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>Reads and writes recipes of translation models: unknown keys, wrong kinds of value and missing keys are errors that name the place and the nearest known key.</summary>
public static class TranslationRecipeJson
{
    /// <summary>Reads and writes <see cref="TranslationRecipe"/>.</summary>
    public static ConfigJson Shared { get; } = new(TranslationRecipeJsonContext.Default, [.. TrainingConfigPrototypes.All, new Seq2SeqConfig(), new TextConfig(), new BeamConfig(), new MinimumRiskConfig(), new TranslationRecipe()]);
}

/// <summary>Source-generated metadata of recipes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TranslationRecipe))]
internal sealed partial class TranslationRecipeJsonContext : JsonSerializerContext;
