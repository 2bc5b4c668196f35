using Carousel.Numerics;

namespace Carousel.Optimizers;

/// <summary>
/// The average of the weights over the steps of training, which is often better than the last of them: averaged SGD with <see cref="Sgd"/>, but any
/// optimiser will do. After each step: <see cref="Update"/>; to evaluate or save: within <see cref="Use"/>.
/// </summary>
public sealed class AveragedWeights
{
    private const int Block = 1024;

    private readonly AveragingConfig _config;
    private readonly (string Name, Parameter Parameter)[] _parameters;
    private readonly Tensor[] _averages;
    private long _start;
    private bool _isInUse;

    /// <summary>Starts from the weights as they are.</summary>
    /// <param name="parameters">What is averaged, with unique names.</param>
    /// <param name="config">How.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public AveragedWeights(IEnumerable<(string Name, Parameter Parameter)> parameters, AveragingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"averaging: {string.Join("; ", problems)}", nameof(config));
        }

        _config = config;
        _start = config.NonMonotone is null ? config.Start : long.MaxValue;
        _parameters = [.. parameters];
        _averages = [.. _parameters.Select(entry => entry.Parameter.Tensor.Detach())];
    }

    /// <summary>Steps seen; set only to restore a checkpoint.</summary>
    public long StepCount { get; set; }

    /// <summary>Steps that entered the average; set only to restore a checkpoint.</summary>
    public long AveragedSteps { get; set; }

    /// <summary>The averages as <c>average.lstm.weight_ih_l0</c>, always in the same order; the tensors themselves, for checkpoints.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State() => _parameters.Zip(_averages, (entry, average) => ($"average.{entry.Name}", average));

    /// <summary>
    /// Takes in the weights after a step: a ← a + (w − a)/n for the n-th of a plain mean, a ← a + (1 − d)(w − a) for a moving average. The first is copied; those before
    /// the average begins are not looked at.
    /// </summary>
    /// <exception cref="InvalidOperationException">The averages are in use, so that the weights are not there.</exception>
    public void Update()
    {
        if (_isInUse)
        {
            throw new InvalidOperationException("the averaged weights are in use: end that before the next step");
        }

        StepCount++;
        AveragedSteps = StepCount > _start ? AveragedSteps + 1 : 0;
        if (AveragedSteps == 0)
        {
            return;
        }

        float share = AveragedSteps == 1 ? 1 : (float)(_config.Decay is double decay ? 1 - decay : 1.0 / AveragedSteps);
        for (int i = 0; i < _averages.Length; i++)
        {
            Approach(_averages[i].Values, _parameters[i].Parameter.Tensor.Values, share);
        }
    }

    /// <summary>Begins the average where <see cref="AveragingConfig.NonMonotone"/> says so.</summary>
    /// <param name="evaluations">All evaluations so far, with the step each was made after; lower scores are better.</param>
    public void Observe(IReadOnlyList<(long Step, double Score)> evaluations)
    {
        ArgumentNullException.ThrowIfNull(evaluations);
        for (int at = 0; _config.NonMonotone is { } patience && at < evaluations.Count; at++)
        {
            if (at > patience && evaluations[at].Score > evaluations.Take(at - patience).Min(evaluation => evaluation.Score))
            {
                _start = evaluations[at].Step;
                return;
            }
        }
    }

    /// <summary>Exchanges weights and averages until the returned value is disposed. Before the average begins, the weights are their own average.</summary>
    /// <exception cref="InvalidOperationException">They are already exchanged.</exception>
    public IDisposable Use()
    {
        if (_isInUse)
        {
            throw new InvalidOperationException("the averaged weights are in use already");
        }

        Exchange();
        return new Exchanged(this);
    }

    // a ← a + share·(w − a), a cache's worth at a time.
    private static void Approach(Span<float> average, ReadOnlySpan<float> weights, float share)
    {
        if (share == 1)
        {
            weights.CopyTo(average);
            return;
        }

        Span<float> differences = stackalloc float[Block];
        for (int start = 0; start < average.Length; start += Block)
        {
            int count = Math.Min(Block, average.Length - start);
            Span<float> part = average.Slice(start, count);
            TensorPrimitives.Subtract(weights.Slice(start, count), part, differences);
            TensorPrimitives.MultiplyAdd(differences[..count], share, part, part);
        }
    }

    private void Exchange()
    {
        _isInUse = !_isInUse;
        if (AveragedSteps == 0)
        {
            return;
        }

        for (int i = 0; i < _averages.Length; i++)
        {
            Span<float> average = _averages[i].Values, weights = _parameters[i].Parameter.Tensor.Values;
            for (int k = 0; k < average.Length; k++)
            {
                (average[k], weights[k]) = (weights[k], average[k]);
            }
        }
    }

    private sealed class Exchanged(AveragedWeights owner) : IDisposable
    {
        private AveragedWeights? _owner = owner;

        public void Dispose()
        {
            _owner?.Exchange();
            _owner = null;
        }
    }
}
