using System.Text.Json.Serialization;
using Carousel.Data;
using Carousel.Optimizers;
using Carousel.Runtime.Models;
using Carousel.Schedules;
using Carousel.Training;

namespace Carousel.Tasks.Forecasting;

/// <summary>Everything that determines a forecaster but the data file itself: what <c>recipes/*.json</c> hold and a run folder keeps as resolved.</summary>
public sealed record ForecastRecipe : IRecipe
{
    /// <summary>The task this recipe is for.</summary>
    /// <value>forecast</value>
    public string Task { get; init; } = "forecast";

    /// <summary>Name of the recipe, for people.</summary>
    public string Name { get; init; } = "forecast";

    /// <summary>What the recipe reproduces, on which data, from which publication.</summary>
    public string Description { get; init; } = "";

    /// <summary>How to treat missing values.</summary>
    /// <value>error</value>
    public MissingRule Missing { get; init; } = MissingRule.Error;

    /// <summary>Character between fields; null to recognise it.</summary>
    public string? Delimiter { get; init; }

    /// <summary>True to see every column of numbers that is not a target.</summary>
    /// <value>false</value>
    public bool AllCovariates { get; init; }

    /// <summary>How the rows are cut into training, validation and test part.</summary>
    public SplitConfig Split { get; init; } = new();

    /// <summary>Rows from one training window to the next.</summary>
    /// <value>1</value>
    public int Stride { get; init; } = 1;

    /// <summary>What the forecaster is. Empty targets mean the only column of numbers; a network input of 0 is worked out from columns and patch; a season of 0 is detected.</summary>
    public ForecasterConfig Model { get; init; } = new();

    /// <summary>What a point forecaster minimises.</summary>
    /// <value>mse</value>
    public ForecastLoss Loss { get; init; } = ForecastLoss.MeanSquaredError;

    /// <summary>Error, in scaled units, beyond which the Huber loss grows linearly; above 0.</summary>
    /// <value>1</value>
    public float HuberDelta { get; init; } = 1;

    /// <summary>How the weights start.</summary>
    /// <value>orthogonal</value>
    public WeightStart WeightStart { get; init; } = WeightStart.Orthogonal;

    /// <summary>How the network is trained.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>Figures this recipe is expected to reach on the test part, by metric name; not used in training.</summary>
    public IReadOnlyDictionary<string, double> Expected { get; init; } = new Dictionary<string, double>();

    /// <summary>Published figures to compare with, by source.</summary>
    public IReadOnlyDictionary<string, double> Published { get; init; } = new Dictionary<string, double>();

    /// <summary>The recipe of <c>carousel train forecast</c>: one LSTM of 64 units, AdamW on a cosine schedule, averaged weights, season detected.</summary>
    public static ForecastRecipe Default { get; } = new()
    {
        Description = "The default forecaster: one LSTM layer, chosen by its error on the validation part.",
        Model = new ForecasterConfig { Network = new LstmConfig(0, 64), SeasonLength = 0 },
        Training = new TrainingConfig { Epochs = 20, BatchSize = 64, Averaging = new AveragingConfig { Decay = 0.99 }, Schedule = new CosineConfig() },
    };

    /// <summary>Every problem that shows without the data, each as one sentence; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        if (Task != "forecast")
        {
            yield return $"task is '{Task}', expected 'forecast'";
        }

        if (Delimiter is { Length: not 1 })
        {
            yield return $"delimiter is '{Delimiter}', expected one character";
        }

        if (!(HuberDelta > 0 && float.IsFinite(HuberDelta)))
        {
            yield return $"huber_delta is {HuberDelta}, expected a number above 0";
        }

        if (Stride < 1)
        {
            yield return $"stride is {Stride}, expected 1 or more";
        }

        foreach (string problem in Split.Validate().Concat(Training.Validate().Select(problem => $"training.{problem}")))
        {
            yield return problem;
        }
    }

    /// <summary>Options for reading the data file.</summary>
    [JsonIgnore]
    public CsvOptions CsvOptions => new()
    {
        Targets = Model.Targets,
        Covariates = Model.Covariates,
        AllCovariates = AllCovariates,
        DateColumn = Model.DateColumn,
        Delimiter = Delimiter is [char one] ? one : null, // any other length is a problem that Validate lists
        Missing = Missing,
    };

    /// <summary>Fills in what only the data can tell: names of targets and covariates, the network's input width.</summary>
    public ForecastRecipe ResolvedFor(Series series)
    {
        ArgumentNullException.ThrowIfNull(series);
        ForecasterConfig model = Model with
        {
            Targets = [.. series.Columns.Take(series.TargetCount)],
            Covariates = [.. series.Columns.Skip(series.TargetCount)],
        };
        return this with { AllCovariates = false, Model = model with { Network = model.Network.WithInput(model.StepFeatures) } };
    }
}
