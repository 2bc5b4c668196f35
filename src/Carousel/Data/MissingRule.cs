using System.Text.Json.Serialization;

namespace Carousel.Data;

/// <summary>What to do about a value that a file does not give: an empty field, or NA, N/A, NaN, null, none, ? or - in any case.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MissingRule>))]
public enum MissingRule
{
    /// <summary>Refuse the file, naming the line and the column.</summary>
    [JsonStringEnumMemberName("error")]
    Error,

    /// <summary>
    /// Draw a straight line between the neighbours, by row; before the first and after the last known value, repeat it. A gap that reaches
    /// from one part of a split into the next is filled with the value before it up to the boundary, so that nothing leaks backwards. Within a part an interpolated
    /// value knows the one after its gap; <see cref="Previous"/> never looks ahead.
    /// </summary>
    [JsonStringEnumMemberName("interpolate")]
    Interpolate,

    /// <summary>Repeat the last value before the gap; a gap before the first value is refused.</summary>
    [JsonStringEnumMemberName("previous")]
    Previous,

    /// <summary>Leave the whole row out; the rows that remain count as neighbours in time.</summary>
    [JsonStringEnumMemberName("drop")]
    Drop,
}
