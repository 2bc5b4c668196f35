namespace Carousel.Schedules;

/// <summary>η_k = η_min + (η − η_min)·(1 + cos(πk / K)) / 2 (Loshchilov &amp; Hutter 2017). Beyond K the wave goes on and the rate rises again, as in PyTorch.</summary>
public sealed record CosineConfig : ScheduleConfig
{
    /// <summary>K, positions from the end of the warm-up to the lowest rate; 0 for the whole run.</summary>
    /// <value>0</value>
    public long TotalSteps { get; init; }

    /// <summary>η_min, the rate at position K; 0 or more.</summary>
    /// <value>0</value>
    public double FinalRate { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => base.Validate().Concat(ValidateNotNegative("total_steps", TotalSteps)).Concat(ValidateNotNegative("final_rate", FinalRate));

    /// <inheritdoc/>
    public override ScheduleConfig For(long positions) => TotalSteps == 0 ? this with { TotalSteps = Math.Max(1, positions - WarmUp) } : this;

    private protected override Schedule CreateSound(double initialRate) =>
        new FormulaSchedule(this, initialRate, position => FinalRate + ((initialRate - FinalRate) * (1 + Math.Cos(Math.PI * position / TotalSteps)) / 2));
}
