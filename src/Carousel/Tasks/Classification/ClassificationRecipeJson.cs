using System.Text.Json.Serialization;
using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Tasks.Classification.Sources;
using Carousel.Training;

namespace Carousel.Tasks.Classification;

/// <summary>Reads and writes recipes of classifiers: unknown keys, wrong kinds of value and missing keys are errors that name the place and the nearest known key.</summary>
public static class ClassificationRecipeJson
{
    /// <summary>Reads and writes <see cref="ClassificationRecipe"/>.</summary>
    public static ConfigJson Shared { get; } = new(ClassificationRecipeJsonContext.Default,
        [.. ModelJson.LayerPrototypes, .. TrainingConfigPrototypes.All, new ClassifierConfig(), new TextSource(), new SensorSource(), new AudioSource(), new AudioFeaturesConfig(), new AudioAugmentation(), new SpecAugment(), new ClassificationRecipe()]);
}

/// <summary>Source-generated metadata of recipes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ClassificationRecipe))]
internal sealed partial class ClassificationRecipeJsonContext : JsonSerializerContext;
