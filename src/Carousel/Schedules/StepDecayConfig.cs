namespace Carousel.Schedules;

/// <summary>η_k = η·γ^⌊k / step size⌋</summary>
public sealed record StepDecayConfig : ScheduleConfig
{
    /// <summary>Positions between two drops; 1 or more.</summary>
    /// <value>1</value>
    public long StepSize { get; init; } = 1;

    /// <summary>γ, 0 &lt; γ ≤ 1.</summary>
    /// <value>0.1</value>
    public double Gamma { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => base.Validate().Concat(ValidateCount("step_size", StepSize)).Concat(ValidateFactor("gamma", Gamma));

    private protected override Schedule CreateSound(double initialRate) =>
        new FormulaSchedule(this, initialRate, position => initialRate * Math.Pow(Gamma, position / StepSize));
}
