namespace Carousel.Reports;

/// <summary>One forecast and what really happened, in the units of the data.</summary>
public sealed record ForecastPanel
{
    /// <summary>What the panel shows, such as the date of the forecast.</summary>
    public required string Title { get; init; }

    /// <summary>Name of the series, usually a column of the data.</summary>
    public required string Target { get; init; }

    /// <summary>Unit of the values, or null.</summary>
    public string? Unit { get; init; }

    /// <summary>Values before the forecast, oldest first; empty for a stretch made of many forecasts.</summary>
    public IReadOnlyList<double> History { get; init; } = [];

    /// <summary>What really happened, one value per step of <see cref="Prediction"/>; shorter or with NaN where it is not known.</summary>
    public IReadOnlyList<double> Truth { get; init; } = [];

    /// <summary>What the model said.</summary>
    public required IReadOnlyList<double> Prediction { get; init; }

    /// <summary>Lower edge of the band around the prediction, one value per step; null when the model gives none.</summary>
    public IReadOnlyList<double>? Lower { get; init; }

    /// <summary>Upper edge of the band.</summary>
    public IReadOnlyList<double>? Upper { get; init; }

    /// <summary>What the band is called, such as <c>80 % band</c>.</summary>
    public string BandName { get; init; } = "band";

    /// <summary>Times of the history followed by those of the prediction; null to count steps from the forecast on.</summary>
    public IReadOnlyList<DateTime>? Times { get; init; }

    /// <summary>True for a panel as wide as the page: a long stretch.</summary>
    public bool Wide { get; init; }
}
