using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>How each window is shifted and scaled before the network sees it; the forecast is shifted and scaled back. Comes after the file's scaler.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WindowNormalisation>))]
public enum WindowNormalisation
{
    /// <summary>Not at all.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Every value minus the window's last value of the same feature, so that the network forecasts changes.</summary>
    [JsonStringEnumMemberName("last_value")]
    LastValue,

    /// <summary>Every value minus the window's mean, divided by its standard deviation, per feature (instance normalisation: Kim et al. 2022).</summary>
    [JsonStringEnumMemberName("window")]
    Window,
}
