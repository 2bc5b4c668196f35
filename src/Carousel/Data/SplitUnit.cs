using System.Text.Json.Serialization;

namespace Carousel.Data;

/// <summary>What the sizes of a split count.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SplitUnit>))]
public enum SplitUnit
{
    /// <summary>Shares of all rows.</summary>
    [JsonStringEnumMemberName("fraction")]
    Fraction,

    /// <summary>Rows.</summary>
    [JsonStringEnumMemberName("rows")]
    Rows,

    /// <summary>Months of 30 days, by the time between two rows (the Informer protocol; Zhou et al., 2021).</summary>
    [JsonStringEnumMemberName("months")]
    Months,
}
