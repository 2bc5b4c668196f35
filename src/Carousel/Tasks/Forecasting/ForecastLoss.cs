using System.Text.Json.Serialization;

namespace Carousel.Tasks.Forecasting;

/// <summary>What training a point forecaster minimises. A quantile forecaster always minimises the quantile loss.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ForecastLoss>))]
public enum ForecastLoss
{
    /// <summary>Mean squared error: forecasts the mean.</summary>
    [JsonStringEnumMemberName("mse")]
    MeanSquaredError,

    /// <summary>Mean absolute error: forecasts the median.</summary>
    [JsonStringEnumMemberName("l1")]
    MeanAbsoluteError,

    /// <summary>Squared near zero, absolute beyond 1 scaled unit (Huber 1964): robust, and smooth at zero.</summary>
    [JsonStringEnumMemberName("huber")]
    Huber,
}
