using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Optimizers;
using Carousel.Runtime.Kernels;
using Carousel.Schedules;

namespace Carousel.Training;

/// <summary>
/// Trains any <see cref="TrainingTask"/>: minibatches in seeded random order, or consecutive chunks with carried state; learning-rate schedule, clipping, averaged
/// weights, evaluation, early stopping, best model and checkpoint in a run folder.
/// </summary>
/// <remarks>
/// <para>The result depends on task, config and data only: not on the number of threads, and not on how often the run was interrupted (DESIGN, laws 5 and 6).</para>
/// <para>Evaluations happen at fixed steps. Checkpoints are also written by the clock, which changes nothing, since each determines all that follows.</para>
/// </remarks>
public sealed class Trainer
{
    // Between two checkpoints, and so many times what the last one took to write: they are to cost no more than a hundredth of the time.
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(10);
    private const int CheckpointPause = 100;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly TrainingTask _task;
    private readonly TrainingConfig _config;
    private readonly RunFolder _folder;
    private readonly Workers _workers;
    private readonly TimeProvider _clock;
    private readonly KernelSet _kernels;
    private readonly Optimizer _optimizer;
    private readonly Schedule _schedule;
    private readonly AveragedWeights? _average;
    private readonly ExampleOrder _order;
    private readonly int _batch;

    private readonly StepMeter _meter;

    // What the tape holds.
    private Tensor? _loss;
    private LayerState? _next;

    /// <summary>Prepares a run.</summary>
    /// <param name="task">What is trained; its parameters are changed in place.</param>
    /// <param name="config">How.</param>
    /// <param name="folder">Where the run is written.</param>
    /// <param name="workers">Threads to use.</param>
    /// <param name="clock">Measures time; null for the system's.</param>
    /// <exception cref="ArgumentException">The config has problems, all of which are listed, or the task has no examples.</exception>
    public Trainer(TrainingTask task, TrainingConfig config, RunFolder folder, Workers workers, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"training: {string.Join("; ", problems)}", nameof(config));
        }

        if (task.Examples < 1)
        {
            throw new ArgumentException($"task '{task.Name}' has no training examples", nameof(task));
        }

        (_task, _config, _folder, _workers, _clock) = (task, config, folder, workers, clock ?? TimeProvider.System);
        _kernels = TrainingKernels.Of(config.Precision);
        _optimizer = config.Optimizer.Create(task.Parameters, workers);
        _batch = task.CarriesState ? 1 : Math.Min(config.BatchSize, task.Examples);
        long perUpdate = (long)_batch * config.Accumulate;
        StepsPerEpoch = (int)((task.Examples + perUpdate - 1) / perUpdate);
        _schedule = config.Schedule.For(config.Schedule.PerEpoch ? config.Epochs : Steps).Create(_optimizer.LearningRate);
        _average = config.Averaging is { } averaging ? new AveragedWeights(task.Parameters, averaging) : null;
        _order = new ExampleOrder(task.Examples, _batch, config.BucketBatches, task.LengthOf);
        _meter = new StepMeter(_clock);
    }

    /// <summary>Updates in one pass over the training part.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Updates of the whole run, if it does not stop early.</summary>
    public int Steps => checked(StepsPerEpoch * _config.Epochs);

    /// <summary>Runs until the last epoch, early stopping or cancellation; from the folder's checkpoint, if there is one.</summary>
    /// <param name="fingerprint">Identifies recipe and data, so that a checkpoint of another run is refused.</param>
    /// <param name="progress">Told after updates, at most ten times a second, and after every evaluation.</param>
    /// <param name="cancellation">Ends the run at the next update, with a checkpoint saved.</param>
    /// <returns>What was achieved. The folder's model file holds the best weights; the task's parameters hold the last.</returns>
    /// <exception cref="NonFiniteNumberException">A loss or gradient is not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the checkpoint is saved.</exception>
    /// <exception cref="Carousel.Runtime.Models.ModelFileException">The checkpoint is damaged or belongs to another run.</exception>
    public RunSummary Fit(string fingerprint, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        var seeds = new RandomSource(_config.Seed);
        var state = new TrainerState { Fingerprint = fingerprint, OrderRandom = seeds.Fork().State, LayerRandom = seeds.Fork().State };
        LayerState? carried = null;
        if (File.Exists(_folder.Checkpoint))
        {
            (state, carried) = Checkpoint.Load(_folder.Checkpoint, fingerprint, _task, _optimizer, _average);
            _schedule.Restore(state.ScheduleState);
            ObserveAverage(state);
        }

        _folder.WriteHistory(state.History);
        Run(state, carried, progress, cancellation);
        return new RunSummary(state.Step, state.Seconds, state.Best!, state.History, state.StoppedEarly, _kernels, _task.Parameters.Sum(static entry => (long)entry.Parameter.Tensor.Length));
    }

    private void Run(TrainerState state, LayerState? carried, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        RandomSource layerRandom = RandomSource.Restore(state.LayerRandom);
        var tape = new Tape(layerRandom, _workers, _kernels, isTraining: true, recomputes: _config.Recompute);
        var evaluationTape = new Tape(random: null, _workers, isRecording: false);
        var watch = new Stopwatches(_clock, state.Seconds, state.Step);
        BeginEpoch(state);
        while (!state.IsFinished)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save(state, carried, layerRandom, watch);
                cancellation.ThrowIfCancellationRequested();
            }

            if (!state.IsEvaluationDue)
            {
                carried = Update(state, carried, tape);
                bool isEpochEnd = state.Position >= _task.Examples;
                if (isEpochEnd)
                {
                    (state.Epoch, state.Position) = (state.Epoch + 1, 0);
                    state.OrderRandom = NextOrder(state.OrderRandom);
                    BeginEpoch(state);
                    carried = null;
                }

                state.IsEvaluationDue = state.Step == Steps || (_config.EvaluateEvery > 0 ? state.Step % _config.EvaluateEvery == 0 : isEpochEnd);
            }

            if (state.IsEvaluationDue)
            {
                try
                {
                    Evaluate(state, evaluationTape, tape.Bytes, watch, progress, cancellation);
                }
                catch (OperationCanceledException)
                {
                    Save(state, carried, layerRandom, watch); // the evaluation is still due
                    throw;
                }

                Save(state, carried, layerRandom, watch);
            }
            else if (watch.IsCheckpointDue())
            {
                Save(state, carried, layerRandom, watch);
            }

            if (!state.IsFinished && watch.IsProgressDue())
            {
                progress?.Report(Describe(state, watch, evaluation: null, isBest: false));
            }
        }
    }

    private LayerState? Update(TrainerState state, LayerState? carried, Tape tape)
    {
        _meter.Begin();
        _optimizer.ClearGradients();
        int end = UpdateEnd(state);
        double value = 0;
        for (int start = state.Position; start < end; start += _batch)
        {
            int count = Math.Min(_batch, end - start);
            double share = (double)count / (end - state.Position);
            carried = Accumulate(state, carried, tape, _order.Slice(start, count), share, keepsWeights: start > state.Position);
            value += share * _loss!.Values[0];
        }

        double norm = _optimizer.GradientNorm();
        if (!double.IsFinite(norm))
        {
            throw new NonFiniteNumberException(state.Step + 1, "the gradient", tape.FindNonFinite() ?? FindNonFiniteGradient());
        }

        double factor = _config.ClipNorm / (norm + 1e-6);
        _optimizer.LearningRate = state.LearningRate = _schedule.RateAt(_config.Schedule.PerEpoch ? state.Epoch : state.Step);
        _optimizer.Step(_config.ClipNorm > 0 && factor < 1 ? (float)factor : 1);
        _average?.Update();
        _meter.End(_task.ItemsIn(_order.Slice(state.Position, end - state.Position)));
        state.Step++;
        state.Position = end;
        state.LossSum += value;
        state.NormSum += norm;
        state.LossCount++;
        return carried;
    }

    private int UpdateEnd(TrainerState state) => (int)Math.Min(state.Position + ((long)_batch * _config.Accumulate), _task.Examples);

    // Adds the gradient of some examples, times their share in the update.
    private LayerState? Accumulate(TrainerState state, LayerState? carried, Tape tape, ReadOnlySpan<int> examples, double share, bool keepsWeights)
    {
        if (_loss is null || !_task.Refill(examples, carried) || !tape.Replay(keepsWeights))
        {
            tape.Reset(keepsWeights);
            (_loss, _next) = _task.Loss(tape, examples, carried);
        }

        if (!float.IsFinite(_loss.Values[0]))
        {
            throw new NonFiniteNumberException(state.Step + 1, "the loss", tape.FindNonFinite(), FindNonFiniteWeight());
        }

        tape.Backward(_loss, (float)share);
        return _task.CarriesState && _next is not null ? Carry(_next, carried) : null;
    }

    // The state outlives the tape in memory of its own: that of the state before, once the step that read it is over.
    private static LayerState Carry(LayerState next, LayerState? before) => before is not null && next.TryCopyTo(before) ? before : next.Detach();

    private NonFiniteNumber? FindNonFiniteWeight() => FindNonFinite(static tensor => tensor.Values, isGradient: false);

    private NonFiniteNumber? FindNonFiniteGradient() => FindNonFinite(static tensor => tensor.Gradient, isGradient: true);

    private NonFiniteNumber? FindNonFinite(Func<Tensor, Span<float>> read, bool isGradient)
    {
        foreach ((string name, Parameter parameter) in _task.Parameters)
        {
            Span<float> values = read(parameter.Tensor);
            int index = NonFiniteNumber.Find(values);
            if (index >= 0)
            {
                return new NonFiniteNumber("", $"parameter '{name}'", isGradient, [.. parameter.Tensor.Shape], index, values[index]) { TimeStep = null };
            }
        }

        return null;
    }

    private void Evaluate(TrainerState state, Tape tape, long bufferBytes, Stopwatches watch, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        HistoryEntry entry;
        bool isBest, isLast = state.Step == Steps;
        using (_average?.Use())
        {
            Evaluation evaluation = _task.Validate(tape, cancellation);
            state.Seconds = watch.Seconds;
            entry = new HistoryEntry(state.Step, Math.Min(state.Epoch + (state.Position > 0 ? 1 : 0), _config.Epochs), state.Seconds, state.LearningRate,
                state.LossSum / state.LossCount, state.NormSum / state.LossCount, evaluation.Score, evaluation.Metrics, _kernels.Name, _meter.Take(bufferBytes));
            state.History = [.. state.History, entry];
            isBest = ReferenceEquals(state.Best, entry);
            if (isBest)
            {
                _task.SaveModel(_folder.Model);
            }
        }

        _folder.WriteHistory(state.History);
        state.IsEvaluationDue = false;
        state.Stale = isBest ? 0 : state.Stale + 1;
        state.StoppedEarly = !isLast && _config.Patience > 0 && state.Stale >= _config.Patience;
        state.IsFinished = isLast || state.StoppedEarly;
        _schedule.Observe(entry.Score);
        ObserveAverage(state);
        progress?.Report(Describe(state, watch, entry, isBest));
        (state.LossSum, state.NormSum, state.LossCount) = (0, 0, 0);
    }

    private void ObserveAverage(TrainerState state) => _average?.Observe([.. state.History.Select(entry => ((long)entry.Step, entry.Score))]);

    private void Save(TrainerState state, LayerState? carried, RandomSource layerRandom, Stopwatches watch)
    {
        TimeSpan began = watch.Now;
        state.Seconds = watch.Seconds;
        state.LayerRandom = layerRandom.State;
        state.OptimizerStep = _optimizer.StepCount;
        state.AverageSteps = [_average?.StepCount ?? 0, _average?.AveragedSteps ?? 0];
        state.ScheduleState = _schedule.State();
        Checkpoint.Save(_folder.Checkpoint, state, carried, _task, _optimizer, _average);
        watch.Checkpointed(began);
    }

    private void BeginEpoch(TrainerState state)
    {
        _task.BeginEpoch(RandomSource.Restore(state.OrderRandom));
        if (!_task.CarriesState)
        {
            _order.Shuffle(state.OrderRandom);
        }
    }

    private static IReadOnlyList<ulong> NextOrder(IReadOnlyList<ulong> order) => RandomSource.Restore(order).Fork().State;

    private TrainingProgress Describe(TrainerState state, Stopwatches watch, HistoryEntry? evaluation, bool isBest)
    {
        double seconds = watch.Seconds;
        TimeSpan? remaining = watch.SecondsPerStep(state.Step) is double pace ? TimeSpan.FromSeconds(pace * (Steps - state.Step)) : null;
        double loss = evaluation?.TrainLoss ?? (state.LossCount > 0 ? state.LossSum / state.LossCount : double.NaN);
        return new TrainingProgress(state.Step, Steps, Math.Min(state.Epoch + 1, _config.Epochs), loss, state.LearningRate,
            TimeSpan.FromSeconds(seconds), remaining, evaluation, isBest);
    }

    /// <summary>The times of one sitting.</summary>
    private sealed class Stopwatches(TimeProvider clock, double secondsBefore, int stepsBefore)
    {
        private readonly long _start = clock.GetTimestamp();
        private TimeSpan _nextCheckpoint = CheckpointInterval, _lastProgress;

        public TimeSpan Now => clock.GetElapsedTime(_start);

        public double Seconds => secondsBefore + Now.TotalSeconds;

        public double? SecondsPerStep(int step) => step > stepsBefore ? Now.TotalSeconds / (step - stepsBefore) : null;

        public bool IsProgressDue()
        {
            TimeSpan now = Now;
            bool isDue = now - _lastProgress >= ProgressInterval;
            _lastProgress = isDue ? now : _lastProgress;
            return isDue;
        }

        public bool IsCheckpointDue() => Now >= _nextCheckpoint;

        public void Checkpointed(TimeSpan began)
        {
            TimeSpan now = Now, pause = CheckpointPause * (now - began);
            _nextCheckpoint = now + (pause > CheckpointInterval ? pause : CheckpointInterval);
        }
    }
}
