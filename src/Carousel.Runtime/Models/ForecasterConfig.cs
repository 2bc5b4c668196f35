using System.Text.Json.Serialization;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// What a forecaster is: the last <see cref="Window"/> rows of some columns in, the next <see cref="Horizon"/> rows of the targets out, all at once.
/// </summary>
/// <remarks>
/// The window [B, Window, F] of F = targets + covariates, in this order, is folded into [B, Window / Patch, Patch·F] (oldest value first within a patch) and
/// run through the network; a linear head maps the network's output at the last time step to [B, Horizon, targets, outputs per value].
/// </remarks>
public sealed record ForecasterConfig : ModelConfig
{
    /// <summary>T, rows the forecaster looks back on; a multiple of <see cref="Patch"/>.</summary>
    /// <value>96</value>
    public int Window { get; init; } = 96;

    /// <summary>Rows it looks ahead; 1 or more.</summary>
    /// <value>24</value>
    public int Horizon { get; init; } = 24;

    /// <summary>Names of the columns to be forecast; at least one.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Names of further columns, known up to the present only.</summary>
    public IReadOnlyList<string> Covariates { get; init; } = [];

    /// <summary>Consecutive rows folded into one time step of the network; 1 or more.</summary>
    /// <value>1</value>
    public int Patch { get; init; } = 1;

    /// <summary>How each window is shifted and scaled before the network sees it.</summary>
    /// <value>last_value</value>
    public WindowNormalisation Normalisation { get; init; } = WindowNormalisation.LastValue;

    /// <summary>Levels of the quantiles to forecast, rising, each within (0, 1); empty for a point forecast.</summary>
    public IReadOnlyList<double> Quantiles { get; init; } = [];

    /// <summary>The layers between window and head; takes <see cref="StepFeatures"/> features.</summary>
    /// <value>An LSTM of 64 units over one column.</value>
    public LayerConfig Network { get; init; } = new LstmConfig(1, 64);

    /// <summary>Name of the date column, or null when rows are only counted.</summary>
    /// <value>null</value>
    public string? DateColumn { get; init; }

    /// <summary>Time from one row to the next: a number and one of s, min, h, d, w, month, year (<c>1h</c>, <c>15min</c>, <c>1month</c>); null when not known.</summary>
    /// <value>null</value>
    public string? Frequency { get; init; }

    /// <summary>Rows after which the series tends to repeat, for the seasonal baselines and MASE; 1 for no season.</summary>
    /// <value>1</value>
    public int SeasonLength { get; init; } = 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Task => "forecast";

    /// <summary>F, columns of one row: the targets, then the covariates.</summary>
    public int Features => Targets.Count + Covariates.Count;

    /// <summary>Features of one time step of the network: Patch·F.</summary>
    public int StepFeatures => Patch * Features;

    /// <summary>Time steps the network runs per window: Window / Patch.</summary>
    public int Steps => Window / Patch;

    /// <summary>Numbers forecast for one target in one row: 1, or the number of quantiles.</summary>
    public int OutputsPerValue => Math.Max(1, Quantiles.Count);

    /// <summary>Outputs of the head: Horizon·targets·outputs per value, in this order, outermost first.</summary>
    public int HeadSize => Horizon * Targets.Count * OutputsPerValue;

    /// <summary>The head: a linear layer on the network's output at the last time step; its tensors are named <c>head.*</c>.</summary>
    public LinearConfig Head => new(Network.OutputFeatures, HeadSize);

    /// <inheritdoc/>
    internal override ModelConfig With(RecordReader json) => this with
    {
        Window = json.Get(Window),
        Horizon = json.Get(Horizon),
        Targets = json.Get(Targets),
        Covariates = json.Get(Covariates),
        Patch = json.Get(Patch),
        Normalisation = json.Get(Normalisation),
        Quantiles = json.Get(Quantiles),
        Network = json.Get(Network, LayerConfig.Read),
        DateColumn = json.Get(DateColumn),
        Frequency = json.Get(Frequency),
        SeasonLength = json.Get(SeasonLength),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        const int longest = 1 << 20;
        string[] columns = [.. Targets, .. Covariates];
        Problems problems = new Problems()
            .Range(Window, 1, longest).Range(Horizon, 1, longest).Range(Patch, 1, longest).Range(SeasonLength, 1, longest).Named(Normalisation)
            .Unless(Patch < 1 || Window % Patch == 0, $"window is {Window}, expected a multiple of patch {Patch}")
            .Unless(Targets.Count > 0, "targets is empty, expected at least one column name")
            .Unless(!columns.Any(string.IsNullOrWhiteSpace), "targets and covariates hold an empty name")
            .Unless(DateColumn is null || !columns.Contains(DateColumn), $"date_column '{DateColumn}' is also a target or covariate")
            .Unless(Frequency is null || IsFrequency(Frequency), $"frequency is '{Frequency}', expected a number and one of {string.Join(", ", FrequencyUnits)}, e.g. 1h")
            .Unless(Quantiles.All(level => level is > 0 and < 1), $"quantiles are {string.Join(", ", Quantiles)}, expected each within (0, 1)")
            .Unless(Quantiles.Zip(Quantiles.Skip(1)).All(pair => pair.First < pair.Second), $"quantiles are {string.Join(", ", Quantiles)}, expected them to rise")
            .Within("network", Network.Validate());
        foreach (string twice in columns.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key))
        {
            problems.Unless(false, $"column '{twice}' stands more than once among targets and covariates");
        }

        long stepFeatures = (long)Patch * columns.Length, head = (long)Horizon * Targets.Count * OutputsPerValue;
        return problems
            .Unless(Network.InputFeatures == stepFeatures, $"network takes {Network.InputFeatures} features, expected patch {Patch} × {columns.Length} columns = {stepFeatures}")
            .Unless(head < 1 << 24, $"horizon × targets × quantiles is {head}, expected at most {1 << 24}");
    }

    /// <summary>network.* and head.weight, head.bias.</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
        Network.Parameters().Select(parameter => parameter.Within("network")).Concat(Head.Parameters().Select(parameter => parameter.Within("head")));

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateScaler(StandardScaler? scaler)
    {
        string[] columns = [.. Targets, .. Covariates];
        return scaler is null
            ? ["scaler is missing, expected one for the columns of the forecaster"]
            : scaler.Validate().Concat(new Problems().Unless(scaler.Features.SequenceEqual(columns),
                $"scaler is for the columns {string.Join(", ", scaler.Features)}, expected {string.Join(", ", columns)}"));
    }

    /// <summary>True when every field is equal, lists element by element.</summary>
    public bool Equals(ForecasterConfig? other) => other is not null
        && (Window, Horizon, Patch, Normalisation, DateColumn, Frequency, SeasonLength)
            == (other.Window, other.Horizon, other.Patch, other.Normalisation, other.DateColumn, other.Frequency, other.SeasonLength)
        && Network.Equals(other.Network)
        && Targets.SequenceEqual(other.Targets) && Covariates.SequenceEqual(other.Covariates) && Quantiles.SequenceEqual(other.Quantiles);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Window, Horizon, Patch, Normalisation, Network, Targets.Count, Covariates.Count, Quantiles.Count);

    private static readonly string[] FrequencyUnits = ["s", "min", "h", "d", "w", "month", "year"];

    private static bool IsFrequency(string text)
    {
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return digits is > 0 and <= 6 && text[0] != '0' && FrequencyUnits.Contains(text[digits..]);
    }
}
