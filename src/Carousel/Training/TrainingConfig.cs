using Carousel.Optimizers;
using Carousel.Schedules;

namespace Carousel.Training;

/// <summary>How a network is trained: the <c>training</c> part of a recipe.</summary>
public sealed record TrainingConfig
{
    /// <summary>Passes over the training part; 1 or more.</summary>
    /// <value>10</value>
    public int Epochs { get; init; } = 10;

    /// <summary>Examples per update; 1 or more. A task that carries state takes one chunk per update and ignores this.</summary>
    /// <value>32</value>
    public int BatchSize { get; init; } = 32;

    /// <summary>Batches among which examples are sorted by length, so that a batch holds little padding; more sort better, fewer shuffle better. 0 to not sort.</summary>
    /// <value>0</value>
    public int BucketBatches { get; init; }

    /// <summary>Batches (or chunks, for a task that carries state) whose gradients are added up for one update; 1 or more. More make a large batch out of what fits into memory.</summary>
    /// <value>1</value>
    public int Accumulate { get; init; } = 1;

    /// <summary>
    /// True to save memory: most of what the backward pass of an LSTM or of a large output layer needs is not kept but worked out a second time (gradient checkpointing, Chen
    /// et al. 2016). The same bits, less memory, more time; for long sequences.
    /// </summary>
    /// <value>false</value>
    public bool Recompute { get; init; }

    /// <summary>How gradients change weights.</summary>
    /// <value>AdamW with its defaults.</value>
    public OptimizerConfig Optimizer { get; init; } = new AdamWConfig();

    /// <summary>How the learning rate moves over the run.</summary>
    /// <value>Constant.</value>
    public ScheduleConfig Schedule { get; init; } = new ConstantConfig();

    /// <summary>Largest 2-norm of all gradients together; larger ones are scaled down to it (Pascanu et al. 2013). 0 for no limit.</summary>
    /// <value>1</value>
    public float ClipNorm { get; init; } = 1;

    /// <summary>How the weights are averaged over the steps; the averages are then what is evaluated and saved. Null for no averaging.</summary>
    /// <value>null</value>
    public AveragingConfig? Averaging { get; init; }

    /// <summary>Updates between evaluations; 0 to evaluate after each epoch only. There is always one at the end.</summary>
    /// <value>0</value>
    public int EvaluateEvery { get; init; }

    /// <summary>Evaluations without improvement after which training stops early (Prechelt 1998); 0 to run to the end.</summary>
    /// <value>0</value>
    public int Patience { get; init; }

    /// <summary>Precision of the matrix products.</summary>
    /// <value>float32</value>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Determines every random number of the run: starting weights, order of examples, dropout.</summary>
    /// <value>1</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Epochs < 1)
        {
            yield return $"epochs is {Epochs}, expected 1 or more";
        }

        if (BatchSize < 1)
        {
            yield return $"batch_size is {BatchSize}, expected 1 or more";
        }

        if (BucketBatches < 0)
        {
            yield return $"bucket_batches is {BucketBatches}, expected 0 (batches are not sorted by length) or more";
        }

        if (!Enum.IsDefined(Precision))
        {
            yield return $"precision is {Precision}, expected float32 or bf16";
        }

        if (Accumulate < 1)
        {
            yield return $"accumulate is {Accumulate}, expected 1 or more";
        }

        if (!(ClipNorm >= 0 && float.IsFinite(ClipNorm)))
        {
            yield return $"clip_norm is {ClipNorm}, expected 0 (no limit) or a positive number";
        }

        if (EvaluateEvery < 0)
        {
            yield return $"evaluate_every is {EvaluateEvery}, expected 0 (each epoch) or more";
        }

        if (Patience < 0)
        {
            yield return $"patience is {Patience}, expected 0 (none) or more";
        }

        foreach (string problem in Optimizer.Validate())
        {
            yield return $"optimizer.{problem}";
        }

        foreach (string problem in Schedule.Validate())
        {
            yield return $"schedule.{problem}";
        }

        foreach (string problem in Averaging?.Validate() ?? [])
        {
            yield return $"averaging.{problem}";
        }
    }
}
