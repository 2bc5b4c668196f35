namespace Carousel.Schedules;

/// <summary>A straight line from η to the final rate, which then stays.</summary>
public sealed record LinearDecayConfig : ScheduleConfig
{
    /// <summary>Positions from the end of the warm-up to the final rate; 0 for the whole run.</summary>
    /// <value>0</value>
    public long TotalSteps { get; init; }

    /// <summary>Rate at the end, 0 or more.</summary>
    /// <value>0</value>
    public double FinalRate { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => base.Validate().Concat(ValidateNotNegative("total_steps", TotalSteps)).Concat(ValidateNotNegative("final_rate", FinalRate));

    /// <inheritdoc/>
    public override ScheduleConfig For(long positions) => TotalSteps == 0 ? this with { TotalSteps = Math.Max(1, positions - WarmUp) } : this;

    private protected override Schedule CreateSound(double initialRate) =>
        new FormulaSchedule(this, initialRate, position => initialRate + ((FinalRate - initialRate) * Math.Min(position / (double)TotalSteps, 1)));
}
