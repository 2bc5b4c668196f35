namespace Carousel.Schedules;

/// <summary>Lowers the rate when the metric has stopped improving, in the form of PyTorch's <c>ReduceLROnPlateau</c>.</summary>
public sealed record PlateauConfig : ScheduleConfig
{
    /// <summary>True when the metric should rise (accuracy), false when it should fall (loss).</summary>
    /// <value>false</value>
    public bool HigherIsBetter { get; init; }

    /// <summary>What the rate is multiplied by, 0 &lt; factor &lt; 1.</summary>
    /// <value>0.1</value>
    public double Factor { get; init; } = 0.1;

    /// <summary>Evaluations without improvement that are still accepted; 0 or more.</summary>
    /// <value>10</value>
    public int Patience { get; init; } = 10;

    /// <summary>How much better counts as better: a share of the best metric, or an amount when <see cref="AbsoluteThreshold"/> is set. 0 or more.</summary>
    /// <value>0.0001</value>
    public double Threshold { get; init; } = 1e-4;

    /// <summary>True when <see cref="Threshold"/> is an amount rather than a share.</summary>
    /// <value>false</value>
    public bool AbsoluteThreshold { get; init; }

    /// <summary>Evaluations after a change that are not counted; 0 or more.</summary>
    /// <value>0</value>
    public int Cooldown { get; init; }

    /// <summary>The rate never falls below this; 0 or more.</summary>
    /// <value>0</value>
    public double LowestRate { get; init; }

    /// <summary>Changes of this size or less are not made; 0 or more.</summary>
    /// <value>1e-8</value>
    public double SmallestChange { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (string problem in base.Validate()
            .Concat(ValidateNotNegative("patience", Patience))
            .Concat(ValidateNotNegative("threshold", Threshold))
            .Concat(ValidateNotNegative("cooldown", Cooldown))
            .Concat(ValidateNotNegative("lowest_rate", LowestRate))
            .Concat(ValidateNotNegative("smallest_change", SmallestChange)))
        {
            yield return problem;
        }

        if (!(Factor > 0 && Factor < 1))
        {
            yield return $"factor is {Factor}, expected 0 < factor < 1";
        }
    }

    private protected override Schedule CreateSound(double initialRate) => new PlateauSchedule(this, initialRate);
}
