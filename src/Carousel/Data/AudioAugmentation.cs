namespace Carousel.Data;

/// <summary>How recordings are changed at random each time they are trained on, so that a few speakers, rooms and microphones stand for many.</summary>
public sealed record AudioAugmentation
{
    private const double MostDb = 100;

    /// <summary>Largest change of speed, and with it of pitch and formants: resampled by a factor drawn from 1 ± this in hundredths (Ko et al. 2015); 0 ≤ s ≤ 0.5.</summary>
    /// <value>0</value>
    public double Speed { get; init; }

    /// <summary>Largest change of loudness in decibels, either way; 0 or more.</summary>
    /// <value>0</value>
    public double GainDb { get; init; }

    /// <summary>Largest change of colour: filtered by y[n] = x[n] − a·x[n − 1], a drawn from ± this, as another microphone would do; 0 ≤ a &lt; 1.</summary>
    /// <value>0</value>
    public double Tilt { get; init; }

    /// <summary>Share of the recordings that get noise, between hiss and rumble; 0 … 1.</summary>
    /// <value>0</value>
    public double NoiseShare { get; init; }

    /// <summary>Ratio of signal to noise in decibels, drawn from this …</summary>
    /// <value>10</value>
    public double LowestSnrDb { get; init; } = 10;

    /// <summary>… to this.</summary>
    /// <value>40</value>
    public double HighestSnrDb { get; init; } = 40;

    /// <summary>Longest shift in milliseconds: so much at most is cut from the beginning, or put before it as silence; 0 or more.</summary>
    /// <value>0</value>
    public double ShiftMs { get; init; }

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Speed is not (>= 0 and <= 0.5))
        {
            yield return $"speed is {Speed}, expected 0 … 0.5";
        }

        if (Tilt is not (>= 0 and < 1))
        {
            yield return $"tilt is {Tilt}, expected 0 ≤ tilt < 1";
        }

        if (NoiseShare is not (>= 0 and <= 1))
        {
            yield return $"noise_share is {NoiseShare}, expected 0 … 1";
        }

        if (GainDb is not (>= 0 and <= MostDb))
        {
            yield return $"gain_db is {GainDb}, expected 0 … {MostDb}";
        }

        if (!(LowestSnrDb >= -MostDb && LowestSnrDb <= HighestSnrDb && HighestSnrDb <= MostDb))
        {
            yield return $"lowest_snr_db is {LowestSnrDb} and highest_snr_db {HighestSnrDb}, expected {-MostDb} … {MostDb}, the lowest first";
        }

        if (ShiftMs is not (>= 0 and <= 60_000))
        {
            yield return $"shift_ms is {ShiftMs}, expected 0 … 60000";
        }
    }
}
