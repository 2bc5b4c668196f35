using System.Text.Json.Serialization;

namespace Carousel.Training;

/// <summary>
/// Every number outside tensors that decides how a run goes on. Saved with the tensors of weights, optimiser, averages and carried state, it makes a resumed
/// run equal to an uninterrupted one bit for bit (DESIGN, law 6).
/// </summary>
internal sealed record TrainerState
{
    /// <summary>Identifies recipe and data; a checkpoint of another run is refused.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Updates done.</summary>
    public int Step { get; set; }

    /// <summary>Passes over the training part completed.</summary>
    public int Epoch { get; set; }

    /// <summary>Examples of this epoch already used.</summary>
    public int Position { get; set; }

    /// <summary>State of the random stream that shuffles, before this epoch's shuffle.</summary>
    public required IReadOnlyList<ulong> OrderRandom { get; set; }

    /// <summary>State of the random stream of dropout and its relatives.</summary>
    public required IReadOnlyList<ulong> LayerRandom { get; set; }

    /// <summary>Updates the optimiser has counted.</summary>
    public long OptimizerStep { get; set; }

    /// <summary>Updates the averaged weights have seen, and those that entered the average.</summary>
    public IReadOnlyList<long> AverageSteps { get; set; } = [0, 0];

    /// <summary>What the learning-rate schedule remembers; only the plateau schedule does.</summary>
    public IReadOnlyDictionary<string, double> ScheduleState { get; set; } = new Dictionary<string, double>();

    /// <summary>Learning rate of the last update.</summary>
    public double LearningRate { get; set; }

    /// <summary>Sum of training losses since the last evaluation.</summary>
    public double LossSum { get; set; }

    /// <summary>Sum of gradient norms since the last evaluation.</summary>
    public double NormSum { get; set; }

    /// <summary>Updates since the last evaluation.</summary>
    public int LossCount { get; set; }

    /// <summary>True between an update and the evaluation that follows it: a run stopped in between goes on with the evaluation.</summary>
    public bool IsEvaluationDue { get; set; }

    /// <summary>Evaluations in a row that were no improvement.</summary>
    public int Stale { get; set; }

    /// <summary>True when the run has ended.</summary>
    public bool IsFinished { get; set; }

    /// <summary>True when patience ran out.</summary>
    public bool StoppedEarly { get; set; }

    /// <summary>Seconds spent in all sittings so far.</summary>
    public double Seconds { get; set; }

    /// <summary>Every evaluation so far.</summary>
    public IReadOnlyList<HistoryEntry> History { get; set; } = [];

    /// <summary>The evaluation with the lowest score, the earliest among equals.</summary>
    [JsonIgnore]
    public HistoryEntry? Best => History.MinBy(entry => double.IsNaN(entry.Score) ? double.PositiveInfinity : entry.Score);
}
