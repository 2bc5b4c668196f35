namespace Carousel.Schedules;

/// <summary>η_k = η·γ^(number of milestones up to k)</summary>
public sealed record MultiStepConfig : ScheduleConfig
{
    /// <summary>Positions (after the warm-up) at which the rate drops, each 0 or more.</summary>
    /// <value>none</value>
    public IReadOnlyList<long> Milestones { get; init; } = [];

    /// <summary>γ, 0 &lt; γ ≤ 1.</summary>
    /// <value>0.1</value>
    public double Gamma { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (string problem in base.Validate().Concat(ValidateFactor("gamma", Gamma)))
        {
            yield return problem;
        }

        foreach (long milestone in Milestones.Where(milestone => milestone < 0))
        {
            yield return $"milestones has {milestone}, expected 0 or more";
        }
    }

    private protected override Schedule CreateSound(double initialRate) =>
        new FormulaSchedule(this, initialRate, position => initialRate * Math.Pow(Gamma, Milestones.Count(milestone => milestone <= position)));
}
