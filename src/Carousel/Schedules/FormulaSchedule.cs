namespace Carousel.Schedules;

/// <summary>A schedule that is a pure function of the position after the warm-up.</summary>
internal sealed class FormulaSchedule(ScheduleConfig config, double initialRate, Func<long, double> rate) : Schedule(config, initialRate)
{
    private protected override double RateAfterWarmUp(long position) => rate(position);
}
