namespace Carousel.Schedules;

/// <summary>η_k = η·√(w / (k + w)) after a warm-up of W positions, w = max(W, 1): the decay of Vaswani et al. (2017) without its model size.</summary>
public sealed record InverseRootConfig : ScheduleConfig
{
    private protected override Schedule CreateSound(double initialRate)
    {
        double scale = Math.Max(WarmUp, 1);
        return new FormulaSchedule(this, initialRate, position => initialRate * Math.Sqrt(scale / (position + scale)));
    }
}
