namespace Carousel.Schedules;

/// <summary>The learning rate at every position of training. All but the plateau schedule are pure functions of the position and remember nothing.</summary>
public abstract class Schedule
{
    private readonly double _initialRate;
    private readonly long _warmUp;

    private protected Schedule(ScheduleConfig config, double initialRate) => (_initialRate, _warmUp) = (initialRate, config.WarmUp);

    /// <summary>The rate for the step taken at a position.</summary>
    /// <param name="position">Finished steps (or epochs, see <see cref="ScheduleConfig.PerEpoch"/>), 0 or more.</param>
    public double RateAt(long position) =>
        position < _warmUp ? _initialRate * (position + 1) / (_warmUp + 1) : RateAfterWarmUp(position - _warmUp);

    /// <summary>Tells the schedule how an evaluation came out; only the plateau schedule listens.</summary>
    /// <param name="metric">The number that training should improve.</param>
    public virtual void Observe(double metric)
    {
    }

    /// <summary>Everything remembered between positions, by name, all finite; empty for pure functions.</summary>
    public virtual IReadOnlyDictionary<string, double> State() => new Dictionary<string, double>();

    /// <summary>Continues where <see cref="State"/> was read from a schedule of the same settings.</summary>
    /// <exception cref="ArgumentException">An entry is missing or impossible.</exception>
    public virtual void Restore(IReadOnlyDictionary<string, double> state)
    {
    }

    private protected abstract double RateAfterWarmUp(long position);
}
