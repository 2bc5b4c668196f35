using System.Text.Json.Serialization;

namespace Carousel.Training;

/// <summary>Source-generated JSON of what a run writes about itself.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(HistoryEntry))]
[JsonSerializable(typeof(TrainerState))]
internal sealed partial class TrainingJson : JsonSerializerContext;
