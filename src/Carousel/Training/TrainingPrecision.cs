using System.Text.Json.Serialization;

namespace Carousel.Training;

/// <summary>The precision of the matrix products while a network is trained. All else is float32, and so are model files and checkpoints.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrainingPrecision>))]
public enum TrainingPrecision
{
    /// <summary>float32.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>
    /// Mixed precision (Micikevicius et al. 2018, with bfloat16 as in Kalamkar et al. 2019): products round their operands to bfloat16 and sum in float32; weights, state,
    /// gradients, reductions and updates are float32. Validation is in float32, as the model will be used.
    /// </summary>
    [JsonStringEnumMemberName("bf16")]
    BFloat16,
}
