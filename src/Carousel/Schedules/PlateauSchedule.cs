namespace Carousel.Schedules;

/// <summary>The rate and what the evaluations so far say about it.</summary>
internal sealed class PlateauSchedule(PlateauConfig config, double initialRate) : Schedule(config, initialRate)
{
    private double _rate = initialRate;
    private double? _best;
    private int _bad, _cooldown;

    public override void Observe(double metric)
    {
        if (IsBetter(metric))
        {
            _best = metric;
            _bad = 0;
        }
        else
        {
            _bad++;
        }

        if (_cooldown > 0)
        {
            _cooldown--;
            _bad = 0;
        }

        if (_bad > config.Patience)
        {
            double lower = Math.Max(_rate * config.Factor, config.LowestRate);
            if (_rate - lower > config.SmallestChange)
            {
                _rate = lower;
            }

            _cooldown = config.Cooldown;
            _bad = 0;
        }
    }

    public override IReadOnlyDictionary<string, double> State()
    {
        var state = new Dictionary<string, double> { ["rate"] = _rate, ["bad"] = _bad, ["cooldown"] = _cooldown };
        if (_best is double best)
        {
            state["best"] = best;
        }

        return state;
    }

    public override void Restore(IReadOnlyDictionary<string, double> state)
    {
        (double rate, double bad, double cooldown) = (Find(state, "rate"), Find(state, "bad"), Find(state, "cooldown"));
        if (!(rate >= 0 && bad >= 0 && bad <= int.MaxValue && cooldown >= 0 && cooldown <= int.MaxValue))
        {
            throw new ArgumentException($"plateau state: rate {rate}, bad {bad} and cooldown {cooldown} must be 0 or more", nameof(state));
        }

        (_rate, _bad, _cooldown) = (rate, (int)bad, (int)cooldown);
        _best = state.TryGetValue("best", out double best) ? best : null;
    }

    private protected override double RateAfterWarmUp(long position) => _rate;

    // A metric that is no number is never better. The first number is better than none.
    private bool IsBetter(double metric)
    {
        if (_best is not double best)
        {
            return double.IsFinite(metric);
        }

        double margin = config.AbsoluteThreshold ? config.Threshold : config.Threshold * best;
        return config.HigherIsBetter ? metric > best + margin : metric < best - margin;
    }

    private static double Find(IReadOnlyDictionary<string, double> state, string name) =>
        state.TryGetValue(name, out double value) ? value : throw new ArgumentException($"plateau state has no '{name}'", nameof(state));
}
