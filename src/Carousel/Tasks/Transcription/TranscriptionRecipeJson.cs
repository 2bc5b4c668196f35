using System.Text.Json.Serialization;
using Carousel.Data;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Transcription;

/// <summary>Reads and writes recipes of transcribers: unknown keys, wrong kinds of value and missing keys are errors that name the place and the nearest known key.</summary>
public static class TranscriptionRecipeJson
{
    /// <summary>Reads and writes <see cref="TranscriptionRecipe"/>.</summary>
    public static ConfigJson Shared { get; } = new(TranscriptionRecipeJsonContext.Default,
    [
        .. ModelJson.LayerPrototypes, .. TrainingConfigPrototypes.All, new AudioFeaturesConfig(), new TranscriberConfig(), new AudioAugmentation(), new FrameAugmentation(), new SpecAugment(), new HoldOutConfig(), new JoinedRecordings(),
        new NGramConfig(), new CtcSearchConfig(), new TranscriptionRecipe(),
    ]);
}

/// <summary>Source-generated metadata of recipes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TranscriptionRecipe))]
internal sealed partial class TranscriptionRecipeJsonContext : JsonSerializerContext;
