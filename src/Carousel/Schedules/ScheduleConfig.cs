using System.Text.Json.Serialization;

namespace Carousel.Schedules;

/// <summary>How the learning rate changes while training, and its settings.</summary>
/// <remarks>Positions count finished optimiser steps, or finished epochs when <see cref="PerEpoch"/> is set; the first step is taken at position 0.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ConstantConfig), "constant")]
[JsonDerivedType(typeof(StepDecayConfig), "step")]
[JsonDerivedType(typeof(MultiStepConfig), "multi_step")]
[JsonDerivedType(typeof(ExponentialConfig), "exponential")]
[JsonDerivedType(typeof(LinearDecayConfig), "linear")]
[JsonDerivedType(typeof(CosineConfig), "cosine")]
[JsonDerivedType(typeof(InverseRootConfig), "inverse_square_root")]
[JsonDerivedType(typeof(OneCycleConfig), "one_cycle")]
[JsonDerivedType(typeof(PlateauConfig), "plateau")]
public abstract record ScheduleConfig
{
    /// <summary>True to count epochs, false to count optimiser steps.</summary>
    /// <value>false</value>
    public bool PerEpoch { get; init; }

    /// <summary>W, positions over which the rate first rises in a line, as η·(k + 1)/(W + 1) at position k; the schedule proper starts at position W. 0 or more.</summary>
    /// <value>0</value>
    public long WarmUp { get; init; }

    /// <summary>This record with "the whole run" replaced by the run's length, where it says so.</summary>
    /// <param name="positions">Steps (or epochs, see <see cref="PerEpoch"/>) of the run, 1 or more.</param>
    public virtual ScheduleConfig For(long positions) => this;

    /// <summary>Makes the schedule of a record in which the length of the run, if it needs one, is known (see <see cref="For"/>).</summary>
    /// <param name="initialRate">η, the rate at the end of the warm-up (and the highest for <see cref="OneCycleConfig"/>); the optimiser's <c>learning_rate</c>.</param>
    /// <exception cref="ArgumentException">This record has problems; all are listed.</exception>
    public Schedule Create(double initialRate)
    {
        if (For(1) != this)
        {
            throw new ArgumentException("schedule: total_steps is 0 (the whole run), expected the run's length; call For first");
        }

        string[] problems = [.. Validate()];
        return problems.Length == 0 ? CreateSound(initialRate) : throw new ArgumentException($"schedule: {string.Join("; ", problems)}");
    }

    /// <summary>Every problem of this record, each as one sentence that names the field, what was found and what is allowed; empty when it is sound.</summary>
    public virtual IEnumerable<string> Validate()
    {
        if (WarmUp < 0)
        {
            yield return $"warm_up is {WarmUp}, expected 0 or more";
        }
    }

    private protected abstract Schedule CreateSound(double initialRate);

    /// <summary>Problem of a number of positions that must be 1 or more.</summary>
    private protected static IEnumerable<string> ValidateCount(string name, long value)
    {
        if (value < 1)
        {
            yield return $"{name} is {value}, expected 1 or more";
        }
    }

    /// <summary>Problem of a factor of decay.</summary>
    private protected static IEnumerable<string> ValidateFactor(string name, double value)
    {
        if (!(value > 0 && value <= 1))
        {
            yield return $"{name} is {value}, expected 0 < {name} ≤ 1";
        }
    }

    /// <summary>Problem of a rate or threshold that may be 0.</summary>
    private protected static IEnumerable<string> ValidateNotNegative(string name, double value)
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            yield return $"{name} is {value}, expected 0 or more";
        }
    }
}
