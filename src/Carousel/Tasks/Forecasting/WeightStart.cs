using System.Text.Json.Serialization;
using Carousel.Layers;

namespace Carousel.Tasks.Forecasting;

/// <summary>How a network's weights start, by name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WeightStart>))]
public enum WeightStart
{
    /// <summary>Recurrent weights orthogonal (Saxe et al. 2014), the others Glorot.</summary>
    [JsonStringEnumMemberName("orthogonal")]
    Orthogonal,

    /// <summary>Every weight uniform in ±1/√(columns) (LeCun et al. 1998): gentler, often better on short noisy series.</summary>
    [JsonStringEnumMemberName("fan_in")]
    FanIn,
}

/// <summary>From the name to the way.</summary>
internal static class WeightStartExtensions
{
    public static Initialization Start(this WeightStart start) => start switch
    {
        WeightStart.FanIn => new Initialization { Input = Initialization.FanIn, Recurrent = Initialization.FanIn },
        _ => Initialization.Default,
    };
}
