namespace Carousel.Schedules;

/// <summary>One rise to the highest rate and one long fall far below the first (Smith &amp; Topin 2019), both along half a cosine wave, as in PyTorch.</summary>
public sealed record OneCycleConfig : ScheduleConfig
{
    /// <summary>K, positions of the whole cycle; the lowest rate is that of position K − 1 and stays. 2 or more, or 0 for the whole run.</summary>
    /// <value>0</value>
    public long TotalSteps { get; init; }

    /// <summary>Share of the cycle that rises, 0 &lt; share &lt; 1.</summary>
    /// <value>0.3</value>
    public double RisingShare { get; init; } = 0.3;

    /// <summary>The highest rate divided by the first; 1 or more.</summary>
    /// <value>25</value>
    public double StartDivisor { get; init; } = 25;

    /// <summary>The first rate divided by the last; 1 or more.</summary>
    /// <value>10000</value>
    public double FinalDivisor { get; init; } = 1e4;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (string problem in base.Validate())
        {
            yield return problem;
        }

        if (!(RisingShare > 0 && RisingShare < 1))
        {
            yield return $"rising_share is {RisingShare}, expected 0 < rising_share < 1";
        }

        if (TotalSteps is < 0 or 1)
        {
            yield return $"total_steps is {TotalSteps}, expected 2 or more, or 0 for the whole run";
        }

        foreach ((string name, double divisor) in new[] { ("start_divisor", StartDivisor), ("final_divisor", FinalDivisor) })
        {
            if (!(divisor >= 1 && double.IsFinite(divisor)))
            {
                yield return $"{name} is {divisor}, expected 1 or more";
            }
        }
    }

    /// <inheritdoc/>
    public override ScheduleConfig For(long positions) => TotalSteps == 0 ? this with { TotalSteps = Math.Max(2, positions - WarmUp) } : this;

    private protected override Schedule CreateSound(double initialRate)
    {
        double first = initialRate / StartDivisor, last = first / FinalDivisor, peak = Math.Max((RisingShare * TotalSteps) - 1, 0), end = TotalSteps - 1;
        return new FormulaSchedule(this, initialRate, position => position < peak
            ? Wave(first, initialRate, position / peak)
            : Wave(initialRate, last, Math.Min((position - peak) / (end - peak), 1)));
    }

    // Half a cosine wave from a to b while x goes from 0 to 1.
    private static double Wave(double a, double b, double x) => b + ((a - b) / 2 * (1 + Math.Cos(Math.PI * x)));
}
