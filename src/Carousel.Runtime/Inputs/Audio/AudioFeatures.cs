namespace Carousel.Runtime.Inputs.Audio;

/// <summary>Turns audio into what a network sees, as its model file says. Immutable; may be used by several threads at once.</summary>
public sealed class AudioFeatures
{
    // Below this a feature is taken for constant over its utterance.
    private const double SmallestDeviation = 1e-5;

    // Mel energies are natural logarithms of powers.
    private const double NaturalPerDecibel = 0.23025850929940458; // ln(10) / 10

    private readonly StandardScaler? _scaler;
    private readonly MelFilters? _mels;

    /// <summary>Prepares features.</summary>
    /// <param name="config">What they are.</param>
    /// <param name="scaler">Scales the numbers of a frame [<see cref="AudioFeaturesConfig.FrameFeatures"/>]; null to leave them as they are.</param>
    /// <exception cref="ArgumentException">The config has problems, all are listed; or the scaler is for another number of features.</exception>
    public AudioFeatures(AudioFeaturesConfig config, StandardScaler? scaler = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"audio features: {string.Join("; ", problems)}", nameof(config));
        }

        if (scaler is not null && scaler.Features.Count != config.FrameFeatures)
        {
            throw new ArgumentException($"the scaler is for {scaler.Features.Count} features, expected {config.FrameFeatures}", nameof(scaler));
        }

        (Config, _scaler) = (config, scaler);
        _mels = config.Kind == AudioFeatureKind.Precomputed ? null : new MelFilters(config);
    }

    /// <summary>What the features are.</summary>
    public AudioFeaturesConfig Config { get; }

    /// <summary>Time steps that so many samples of <see cref="AudioFeaturesConfig.SampleRate"/> give.</summary>
    /// <param name="samples">0 or more.</param>
    public int StepsOf(int samples)
    {
        int frames = samples < Config.WindowSamples ? 0 : 1 + ((samples - Config.WindowSamples) / Config.HopSamples);
        return (frames + Config.Stack - 1) / Config.Stack;
    }

    /// <summary>The features of a whole clip, resampled when its rate is another.</summary>
    /// <param name="clip">Audio.</param>
    /// <returns>Time steps [T, <see cref="AudioFeaturesConfig.StepFeatures"/>]; none when the clip is shorter than a frame.</returns>
    /// <exception cref="InvalidOperationException">The features are precomputed.</exception>
    public float[] Of(AudioClip clip) => Steps(FramesOf(clip));

    /// <summary>The frames of a whole clip as <see cref="OfFrames"/> takes them, resampled when its rate is another.</summary>
    /// <param name="clip">Audio.</param>
    /// <returns>[frames, <see cref="AudioFeaturesConfig.BaseFeatures"/>]; none when the clip is shorter than a frame.</returns>
    /// <exception cref="InvalidOperationException">The features are precomputed.</exception>
    public float[] FramesOf(AudioClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        if (_mels is null)
        {
            throw new InvalidOperationException("this model reads frames computed elsewhere, not audio");
        }

        ReadOnlySpan<float> samples = clip.AtRate(Config.SampleRate).Samples.Span;
        var spectral = new SpectralFrames(Config, _mels);
        int size = Config.BaseFeatures, frames = samples.Length < Config.WindowSamples ? 0 : 1 + ((samples.Length - Config.WindowSamples) / Config.HopSamples);
        float[] values = new float[frames * size];
        for (int frame = 0; frame < frames; frame++)
        {
            spectral.Next(ref samples, values.AsSpan(frame * size, size));
        }

        return values;
    }

    /// <summary>The features of frames that were computed elsewhere.</summary>
    /// <param name="frames">[frames, <see cref="AudioFeaturesConfig.BaseFeatures"/>]</param>
    /// <returns>Time steps [T, <see cref="AudioFeaturesConfig.StepFeatures"/>].</returns>
    /// <exception cref="ArgumentException">The length is no whole number of frames.</exception>
    public float[] OfFrames(ReadOnlySpan<float> frames) => frames.Length % Config.BaseFeatures == 0
        ? Steps(frames.ToArray())
        : throw new ArgumentException($"{frames.Length} values are no whole frames of {Config.BaseFeatures}", nameof(frames));

    /// <summary>The features of audio while it arrives.</summary>
    /// <param name="sampleRate">Samples per second of the audio; null for <see cref="AudioFeaturesConfig.SampleRate"/>.</param>
    /// <exception cref="InvalidOperationException">A step depends on the whole utterance: <see cref="AudioFeaturesConfig.IsStreaming"/> is false.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of range.</exception>
    public AudioFeatureStream OpenStream(int? sampleRate = null)
    {
        if (!Config.IsStreaming)
        {
            throw new InvalidOperationException($"features with normalisation '{Config.Normalisation}' depend on the whole utterance and cannot be streamed");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate ?? WaveFile.LowestRate, WaveFile.LowestRate, nameof(sampleRate));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sampleRate ?? WaveFile.HighestRate, WaveFile.HighestRate, nameof(sampleRate));
        return new AudioFeatureStream(Config, _scaler, _mels, sampleRate ?? Config.SampleRate);
    }

    private float[] Steps(Span<float> frames)
    {
        int size = Config.BaseFeatures, width = Config.StepFeatures;
        Normalise(frames);
        var stream = new AudioFeatureStream(Config, _scaler, null, Config.SampleRate);
        float[] steps = new float[((frames.Length / size) + Config.Stack - 1) / Config.Stack * width];
        int at = 0;
        for (int frame = 0; frame < frames.Length; frame += size)
        {
            at += stream.NextFrame(frames.Slice(frame, size), steps.AsSpan(at, width)) ? width : 0;
        }

        while (at < steps.Length && stream.Last(steps.AsSpan(at, width)))
        {
            at += width;
        }

        return steps;
    }

    private void Normalise(Span<float> frames)
    {
        int size = Config.BaseFeatures;
        switch (Config.Normalisation)
        {
            case UtteranceNormalisation.Loudness when Config.Kind == AudioFeatureKind.LogMel:
                Standardise(frames, 0, 1, divides: false);
                break;
            case UtteranceNormalisation.Loudness:
                Standardise(frames, 0, size, divides: false);
                break;
            case UtteranceNormalisation.Peak when frames.Length > 0:
                float peak = Largest(frames), lowest = Config.RangeDb == 0 ? float.NegativeInfinity : -(float)(Config.RangeDb * NaturalPerDecibel);
                foreach (ref float value in frames)
                {
                    value = Math.Max(value - peak, lowest);
                }

                break;
            case UtteranceNormalisation.Mean or UtteranceNormalisation.MeanAndDeviation:
                for (int feature = 0; feature < size; feature++)
                {
                    Standardise(frames, feature, size, Config.Normalisation == UtteranceNormalisation.MeanAndDeviation);
                }

                break;
        }
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = values[0];
        foreach (float value in values)
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }

    // Takes the mean out of the values at first, first + stride, …, and perhaps divides by their deviation.
    private static void Standardise(Span<float> values, int first, int stride, bool divides)
    {
        double sum = 0, squares = 0;
        int count = (values.Length - first + stride - 1) / stride;
        for (int at = first; at < values.Length; at += stride)
        {
            sum += values[at];
        }

        double mean = sum / count;
        for (int at = first; at < values.Length; at += stride)
        {
            squares += (values[at] - mean) * (values[at] - mean);
        }

        double deviation = Math.Sqrt(squares / count), scale = !divides ? 1 : deviation < SmallestDeviation ? 0 : 1 / deviation;
        for (int at = first; at < values.Length; at += stride)
        {
            values[at] = (float)((values[at] - mean) * scale);
        }
    }
}
