namespace Carousel.Schedules;

/// <summary>η_k = η·γ^max(k − start, 0): the rate of Zaremba et al. (2014) for language models, with epochs counted.</summary>
public sealed record ExponentialConfig : ScheduleConfig
{
    /// <summary>γ, 0 &lt; γ ≤ 1.</summary>
    /// <value>0.95</value>
    public double Gamma { get; init; } = 0.95;

    /// <summary>Last position (after the warm-up) with the full rate; 0 or more.</summary>
    /// <value>0</value>
    public long Start { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => base.Validate().Concat(ValidateFactor("gamma", Gamma)).Concat(ValidateNotNegative("start", Start));

    private protected override Schedule CreateSound(double initialRate) =>
        new FormulaSchedule(this, initialRate, position => initialRate * Math.Pow(Gamma, Math.Max(position - Start, 0)));
}
