namespace Carousel.Schedules;

/// <summary>η_k = η: with <see cref="ScheduleConfig.WarmUp"/>, a linear warm-up and nothing else.</summary>
public sealed record ConstantConfig : ScheduleConfig
{
    private protected override Schedule CreateSound(double initialRate) => new FormulaSchedule(this, initialRate, _ => initialRate);
}
