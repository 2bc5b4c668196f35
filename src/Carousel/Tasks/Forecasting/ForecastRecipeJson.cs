using System.Text.Json.Serialization;
using Carousel.Data;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Forecasting;

/// <summary>Reads and writes forecasting recipes: unknown keys, wrong kinds of value and missing keys are errors that name the place and the nearest known key.</summary>
public static class ForecastRecipeJson
{
    /// <summary>Reads and writes <see cref="ForecastRecipe"/>.</summary>
    public static ConfigJson Shared { get; } = new(ForecastRecipeJsonContext.Default,
        [.. ModelJson.LayerPrototypes, .. TrainingConfigPrototypes.All, new ForecasterConfig(), new SplitConfig(), new ForecastRecipe()]);
}

/// <summary>Source-generated metadata of recipes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ForecastRecipe))]
internal sealed partial class ForecastRecipeJsonContext : JsonSerializerContext;
