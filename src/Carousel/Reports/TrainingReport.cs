namespace Carousel.Reports;

/// <summary>
/// What is known about a finished training run, in the form a person wants to see it. <see cref="ReportPage"/> turns it into <c>report.html</c>.
/// All text may come from untrusted files (column names); it is escaped where it is written. Numbers may be NaN or infinite: they are shown as a dash
/// and leave gaps in curves.
/// </summary>
public sealed record TrainingReport
{
    /// <summary>Name of the run: the title of the page.</summary>
    public required string Run { get; init; }

    /// <summary>What was trained, in one line: <c>Forecast of OT, 24 hours ahead</c>.</summary>
    public required string Task { get; init; }

    /// <summary>More about it, in a sentence or two; empty for nothing.</summary>
    public string Description { get; init; } = "";

    /// <summary>When the run ended.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Trainable numbers of the model.</summary>
    public required long Parameters { get; init; }

    /// <summary>Time spent training, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The step whose weights were kept, or null when the last ones were.</summary>
    public long? BestStep { get; init; }

    /// <summary>Name of the metric the page leads with; a column of <see cref="Metrics"/>. Null for the first column.</summary>
    public string? PrimaryMetric { get; init; }

    /// <summary>One entry per evaluation, in the order of steps.</summary>
    public IReadOnlyList<HistoryPoint> History { get; init; } = [];

    /// <summary>True for a logarithmic loss axis, false for a linear one, null to choose by the range of the losses.</summary>
    public bool? LogarithmicLoss { get; init; }

    /// <summary>One table per split of the data, the most important first (the test part).</summary>
    public IReadOnlyList<MetricsTable> Metrics { get; init; } = [];

    /// <summary>Forecasts beside what really happened.</summary>
    public IReadOnlyList<ForecastPanel> Forecasts { get; init; } = [];

    /// <summary>Name of the metric in <see cref="HorizonErrors"/>, with its unit if it has one.</summary>
    public string HorizonMetric { get; init; } = "MSE";

    /// <summary>Error by distance into the future, one entry for the model and one for each baseline.</summary>
    public IReadOnlyList<HorizonError> HorizonErrors { get; init; } = [];

    /// <summary>Sentences beside their translations.</summary>
    public IReadOnlyList<TranslationPanel> Translations { get; init; } = [];

    /// <summary>What a classifier took each label for; null for other tasks.</summary>
    public ConfusionPanel? Confusion { get; init; }

    /// <summary>What a recogniser got wrong; null for other tasks.</summary>
    public RecognitionPanel? Recognition { get; init; }

    /// <summary>Warnings and remarks the reader must not miss.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Tables of facts: settings, data, model, machine.</summary>
    public IReadOnlyList<FactTable> Facts { get; init; } = [];
}
