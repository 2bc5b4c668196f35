using System.Globalization;
using System.Numerics;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>
/// What a network sees of audio: overlapping frames → log-mel energies or cepstra → their changes over time → several frames joined into one time step.
/// </summary>
/// <remarks>
/// Samples [N] in −1 … 1 give 1 + ⌊(N − window) / hop⌋ frames of <see cref="FrameFeatures"/> numbers, and these ⌈frames / <see cref="Stack"/>⌉ time steps of
/// <see cref="StepFeatures"/>. The equations are those of docs/equations.md.
/// </remarks>
public sealed record AudioFeaturesConfig
{
    private const int LargestFft = 1 << 16;
    private const int MostNumbers = 4096;

    /// <summary>What one frame becomes.</summary>
    /// <value>log_mel</value>
    public AudioFeatureKind Kind { get; init; } = AudioFeatureKind.LogMel;

    /// <summary>Which of the two usual recipes of log-mel features.</summary>
    /// <value>standard</value>
    public AudioFeatureStyle Style { get; init; } = AudioFeatureStyle.Standard;

    /// <summary>Samples per second of the audio, 1,000 … 768,000; other audio is resampled to it.</summary>
    /// <value>16000</value>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Length of a frame in milliseconds.</summary>
    /// <value>25</value>
    public double WindowMs { get; init; } = 25;

    /// <summary>From the beginning of a frame to that of the next, in milliseconds; at most the window.</summary>
    /// <value>10</value>
    public double HopMs { get; init; } = 10;

    /// <summary>Weights of the samples of a frame.</summary>
    /// <value>hann_periodic</value>
    public AnalysisWindow Window { get; init; } = AnalysisWindow.HannPeriodic;

    /// <summary>a in y[n] = x[n] − a·x[n − 1], which lifts high frequencies; 0 ≤ a &lt; 1.</summary>
    /// <value>0.97</value>
    public double PreEmphasis { get; init; } = 0.97;

    /// <summary>Mel bands, 1 … 512.</summary>
    /// <value>40</value>
    public int Mels { get; init; } = 40;

    /// <summary>Lower edge of the lowest mel band in hertz.</summary>
    /// <value>20</value>
    public double LowestHz { get; init; } = 20;

    /// <summary>Upper edge of the highest mel band in hertz; 0 for half the sample rate.</summary>
    /// <value>0</value>
    public double HighestHz { get; init; }

    /// <summary>Smallest energy of a mel band before the logarithm, above 0: digital silence becomes ln(floor).</summary>
    /// <value>1e-10</value>
    public double LogFloor { get; init; } = 1e-10;

    /// <summary>Cepstra per frame: 1 … <see cref="Mels"/> for MFCC, the first being the energy; the numbers of a precomputed frame; without meaning for log-mel.</summary>
    /// <value>13</value>
    public int Cepstra { get; init; } = 13;

    /// <summary>L in the factors 1 + L / 2·sin(πc / L) that bring cepstra to one scale (Young et al., HTK Book); 0 for none.</summary>
    /// <value>0</value>
    public double Lifter { get; init; }

    /// <summary>What is taken out of the frames of each utterance.</summary>
    /// <value>none</value>
    public UtteranceNormalisation Normalisation { get; init; } = UtteranceNormalisation.None;

    /// <summary>Decibels under the peak of the utterance below which a mel band counts as silent and is set to that, for normalisation by the peak; 0 for no limit.</summary>
    /// <value>0</value>
    public double RangeDb { get; init; }

    /// <summary>Changes over time beside each frame: 0 none, 1 slopes, 2 slopes and their slopes.</summary>
    /// <value>0</value>
    public int Deltas { get; init; }

    /// <summary>Frames before and after that a slope is fitted to; 1 or more.</summary>
    /// <value>2</value>
    public int DeltaReach { get; init; } = 2;

    /// <summary>Consecutive frames joined into one time step of the network, 1 … 64; the last step is filled up with its last frame.</summary>
    /// <value>1</value>
    public int Stack { get; init; } = 1;

    /// <summary>L, samples of a frame.</summary>
    public int WindowSamples => (int)Math.Round(SampleRate * WindowMs / 1000);

    /// <summary>Samples from the beginning of a frame to that of the next.</summary>
    public int HopSamples => (int)Math.Round(SampleRate * HopMs / 1000);

    /// <summary>Length of the Fourier transform: the power of two at or above the window, whose end is filled with zeros.</summary>
    public int FftSize => Math.Max(4, (int)BitOperations.RoundUpToPowerOf2((uint)WindowSamples));

    /// <summary>Numbers of a frame before its changes over time.</summary>
    public int BaseFeatures => Kind == AudioFeatureKind.LogMel ? Mels : Cepstra;

    /// <summary>F, numbers of a frame: <see cref="BaseFeatures"/> and their changes over time, in this order.</summary>
    public int FrameFeatures => BaseFeatures * (1 + Deltas);

    /// <summary>Numbers of a time step of the network: those of <see cref="Stack"/> frames, oldest first.</summary>
    public int StepFeatures => FrameFeatures * Stack;

    /// <summary>Seconds from one time step of the network to the next.</summary>
    public double StepSeconds => Stack * HopMs / 1000;

    /// <summary>The algorithmic delay: seconds from the first sample of a time step's first frame to the sample with which the step can be computed.</summary>
    public double DelaySeconds => (WindowMs + (((Deltas * DeltaReach) + Stack - 1) * HopMs)) / 1000;

    /// <summary>False when a step depends on the whole utterance.</summary>
    public bool IsStreaming => Normalisation == UtteranceNormalisation.None;

    /// <summary>Names of the numbers of a frame [F], as the scaler of a model file lists them: <c>mel0</c>, <c>mel0_delta</c>, <c>mel0_delta2</c>.</summary>
    public IReadOnlyList<string> FeatureNames
    {
        get
        {
            string name = Kind == AudioFeatureKind.LogMel ? "mel" : "cepstrum";
            string[] orders = ["", "_delta", "_delta2"];
            return [.. from order in orders.Take(1 + Deltas) from feature in Enumerable.Range(0, BaseFeatures) select $"{name}{feature}{order}"];
        }
    }

    /// <summary>This record with the fields of a JSON object; those left out stay as they are.</summary>
    internal AudioFeaturesConfig With(RecordReader json) => this with
    {
        Kind = json.Get(Kind),
        Style = json.Get(Style),
        SampleRate = json.Get(SampleRate),
        WindowMs = json.Get(WindowMs),
        HopMs = json.Get(HopMs),
        Window = json.Get(Window),
        PreEmphasis = json.Get(PreEmphasis),
        Mels = json.Get(Mels),
        LowestHz = json.Get(LowestHz),
        HighestHz = json.Get(HighestHz),
        LogFloor = json.Get(LogFloor),
        Cepstra = json.Get(Cepstra),
        Lifter = json.Get(Lifter),
        Normalisation = json.Get(Normalisation),
        RangeDb = json.Get(RangeDb),
        Deltas = json.Get(Deltas),
        DeltaReach = json.Get(DeltaReach),
        Stack = json.Get(Stack),
    };

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        double nyquist = SampleRate / 2.0, highest = HighestHz == 0 ? nyquist : HighestHz;
        int mostCepstra = Kind == AudioFeatureKind.Mfcc ? Mels : MostNumbers;
        string[] problems =
        [
            .. Problem(!Enum.IsDefined(Kind), "kind", Kind, "log_mel, mfcc or precomputed"),
            .. Problem(!Enum.IsDefined(Style), "style", Style, "standard or kaldi"),
            .. Problem(!Enum.IsDefined(Window), "window", Window, "hann_periodic, hann_symmetric or povey"),
            .. Problem(!Enum.IsDefined(Normalisation), "normalisation", Normalisation, "none, loudness, peak, mean or mean_and_deviation"),
            .. Problem(Normalisation == UtteranceNormalisation.Peak && Kind != AudioFeatureKind.LogMel, "normalisation", Normalisation, "peak for log_mel only"),
            .. Problem(!(double.IsFinite(RangeDb) && RangeDb >= 0), "range_db", RangeDb, "a finite number, 0 or more"),
            .. Problem(RangeDb > 0 && Normalisation != UtteranceNormalisation.Peak, "range_db", RangeDb, "0, unless normalisation is peak"),
            .. Problem(SampleRate is < WaveFile.LowestRate or > WaveFile.HighestRate, "sample_rate", SampleRate, $"{WaveFile.LowestRate} … {WaveFile.HighestRate}"),
            .. Problem(WindowMs is not (> 0 and <= 1000), "window_ms", WindowMs, "above 0, at most 1000"),
            .. Problem(!(HopMs > 0 && HopMs <= WindowMs), "hop_ms", HopMs, $"above 0, at most window_ms {WindowMs}"),
            .. Problem(PreEmphasis is not (>= 0 and < 1), "pre_emphasis", PreEmphasis, "0 ≤ a < 1"),
            .. Problem(Mels is < 1 or > 512, "mels", Mels, "1 … 512"),
            .. Problem(!(LowestHz >= 0 && LowestHz < highest), "lowest_hz", LowestHz, $"0 … below {highest}"),
            .. Problem(!(highest <= nyquist), "highest_hz", HighestHz, $"at most {nyquist}, half the sample rate, or 0 for that"),
            .. Problem(!(double.IsFinite(LogFloor) && LogFloor > 0), "log_floor", LogFloor, "a finite number above 0"),
            .. Problem(Cepstra < 1 || Cepstra > mostCepstra, "cepstra", Cepstra, $"1 … {mostCepstra}"),
            .. Problem(!(double.IsFinite(Lifter) && Lifter >= 0), "lifter", Lifter, "a finite number, 0 or more"),
            .. Problem(Deltas is < 0 or > 2, "deltas", Deltas, "0 … 2"),
            .. Problem(DeltaReach is < 1 or > 64, "delta_reach", DeltaReach, "1 … 64"),
            .. Problem(Stack is < 1 or > 64, "stack", Stack, "1 … 64"),
        ];
        return problems.Length > 0 || Kind == AudioFeatureKind.Precomputed ? problems : ProblemsOfFrames();
    }

    private IEnumerable<string> ProblemsOfFrames()
    {
        if (WindowSamples < 2 || FftSize > LargestFft)
        {
            return Problem(true, "window_ms", WindowMs, $"2 … {LargestFft} samples at {SampleRate} Hz");
        }

        return HopSamples < 1 ? Problem(true, "hop_ms", HopMs, $"at least 1 sample at {SampleRate} Hz")
            : new MelFilters(this).FirstEmpty is { } empty ? Problem(true, "mels", Mels, $"so few that each band holds a frequency of the {FftSize}-point transform; band {empty} holds none")
            : [];
    }

    private static IEnumerable<string> Problem(bool isThere, string field, object found, string expected) =>
        isThere ? [string.Create(CultureInfo.InvariantCulture, $"{field} is {found}, expected {expected}")] : [];
}
