using Carousel.Runtime.States;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>
/// The features of audio while it arrives, one time step of the network at a time. Any chunking of the samples gives the same bits, those of
/// <see cref="AudioFeatures.Of(AudioClip)"/>. Nothing is allocated after the constructor. For one thread at a time.
/// </summary>
/// <example>
/// <code>
/// while (features.Next(ref samples, step)) { stream.Step(step, y); }     // for each piece of audio
/// while (features.Last(step)) { stream.Step(step, y); }                  // when the audio is over
/// </code>
/// </example>
public sealed class AudioFeatureStream
{
    // Samples resampled at a time.
    private const int Piece = 256;

    private readonly SpectralFrames? _frames;
    private readonly FrameStage[] _stages;

    // The frame that goes into each stage.
    private readonly float[][] _between;
    private readonly Resampler? _resampler;
    private readonly float[] _resampled;
    private int _from;
    private int _to;
    private bool _isOver;

    internal AudioFeatureStream(AudioFeaturesConfig config, StandardScaler? scaler, MelFilters? mels, int sampleRate)
    {
        Config = config;
        _frames = mels is null ? null : new SpectralFrames(config, mels);
        _stages = [.. Stages(config, scaler)];
        _between = [new float[config.BaseFeatures], .. _stages.Select(stage => new float[stage.Width])];
        _resampler = sampleRate == config.SampleRate ? null : new Resampler(sampleRate, config.SampleRate);
        _resampled = _resampler is null ? [] : new float[Math.Max(_resampler.MostOutputs(Piece), _resampler.MostAtEnd)];
        DelaySeconds = config.DelaySeconds + (_resampler is null ? 0 : (double)_resampler.LookAhead / sampleRate);
    }

    /// <summary>What the features are.</summary>
    public AudioFeaturesConfig Config { get; }

    /// <summary>The algorithmic delay: <see cref="AudioFeaturesConfig.DelaySeconds"/> and what resampling must wait for.</summary>
    public double DelaySeconds { get; }

    /// <summary>Takes samples up to the end of the next time step.</summary>
    /// <param name="samples">One channel, −1 … 1; moved on past those that were taken.</param>
    /// <param name="step">[<see cref="AudioFeaturesConfig.StepFeatures"/>], written when a step is complete.</param>
    /// <returns>True when a step is complete; false when all samples are taken.</returns>
    /// <exception cref="InvalidOperationException">The features are precomputed.</exception>
    /// <exception cref="ArgumentException"><paramref name="step"/> is of another length.</exception>
    public bool Next(ref ReadOnlySpan<float> samples, Span<float> step)
    {
        ThrowIfNotStep(step);
        if (_resampler is null)
        {
            return NextOf(ref samples, step);
        }

        while (true)
        {
            if (NextResampled(step))
            {
                return true;
            }

            if (samples.IsEmpty)
            {
                return false;
            }

            ReadOnlySpan<float> piece = samples[..Math.Min(Piece, samples.Length)];
            samples = samples[piece.Length..];
            (_from, _to) = (0, _resampler.Write(piece, _resampled));
        }
    }

    /// <summary>Takes one frame that was computed elsewhere.</summary>
    /// <param name="frame">[<see cref="AudioFeaturesConfig.BaseFeatures"/>]</param>
    /// <param name="step">[<see cref="AudioFeaturesConfig.StepFeatures"/>], written when a step is complete.</param>
    /// <returns>True when a step is complete.</returns>
    /// <exception cref="ArgumentException">A length is another.</exception>
    public bool NextFrame(ReadOnlySpan<float> frame, Span<float> step)
    {
        ThrowIfNotStep(step);
        if (frame.Length != Config.BaseFeatures)
        {
            throw new ArgumentException($"the frame holds {frame.Length} values, expected {Config.BaseFeatures}", nameof(frame));
        }

        frame.CopyTo(_between[0]);
        return Push(step);
    }

    /// <summary>Gives a time step that was waiting for more audio, when there is no more. Call it until it returns false; then a new signal begins.</summary>
    /// <param name="step">[<see cref="AudioFeaturesConfig.StepFeatures"/>], written when a step is complete.</param>
    /// <exception cref="ArgumentException"><paramref name="step"/> is of another length.</exception>
    public bool Last(Span<float> step)
    {
        ThrowIfNotStep(step);
        if (!_isOver && _resampler is not null)
        {
            // What came out before is taken: Next returned false.
            (_from, _to) = (0, _resampler.Finish(_resampled));
        }

        _isOver = true;
        if ((_resampler is not null && NextResampled(step)) || Flush(_stages.Length - 1, step))
        {
            return true;
        }

        Reset();
        return false;
    }

    /// <summary>Begins a new signal.</summary>
    public void Reset()
    {
        (_from, _to, _isOver) = (0, 0, false);
        _frames?.Reset();
        _resampler?.Reset();
        foreach (FrameStage stage in _stages)
        {
            stage.Reset();
        }
    }

    /// <summary>Writes what is held back between two calls of <see cref="Next"/> that returned false.</summary>
    internal void Save(StateWriter state)
    {
        _resampler?.Save(state);
        _frames?.Save(state);
        foreach (FrameStage stage in _stages)
        {
            stage.Save(state);
        }
    }

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    internal void Restore(StateReader state)
    {
        Reset();
        _resampler?.Restore(state);
        _frames?.Restore(state);
        foreach (FrameStage stage in _stages)
        {
            stage.Restore(state);
        }
    }

    private static IEnumerable<FrameStage> Stages(AudioFeaturesConfig config, StandardScaler? scaler)
    {
        for (int order = 0; order < config.Deltas; order++)
        {
            yield return new DeltaStage(config.BaseFeatures * (1 + order), config.BaseFeatures, config.DeltaReach);
        }

        if (scaler is not null)
        {
            yield return new ScaleStage(scaler);
        }

        yield return new StackStage(config.FrameFeatures, config.Stack);
    }

    private bool NextResampled(Span<float> step)
    {
        ReadOnlySpan<float> left = _resampled.AsSpan(_from, _to - _from);
        bool isComplete = NextOf(ref left, step);
        _from = _to - left.Length;
        return isComplete;
    }

    private bool NextOf(ref ReadOnlySpan<float> samples, Span<float> step)
    {
        SpectralFrames frames = _frames ?? throw new InvalidOperationException("this model reads frames computed elsewhere, not audio");
        while (frames.Next(ref samples, _between[0]))
        {
            if (Push(step))
            {
                return true;
            }
        }

        return false;
    }

    // The frame in _between[0] through all stages.
    private bool Push(Span<float> step)
    {
        for (int i = 0; i < _stages.Length; i++)
        {
            if (!_stages[i].Push(_between[i], _between[i + 1]))
            {
                return false;
            }
        }

        _between[^1].CopyTo(step);
        return true;
    }

    // What the stages up to this one hold back, one frame at a time.
    private bool Flush(int stage, Span<float> output)
    {
        if (stage < 0)
        {
            return false;
        }

        while (Flush(stage - 1, _between[stage]))
        {
            if (_stages[stage].Push(_between[stage], output))
            {
                return true;
            }
        }

        return _stages[stage].Flush(output);
    }

    private void ThrowIfNotStep(ReadOnlySpan<float> step)
    {
        if (step.Length != Config.StepFeatures)
        {
            throw new ArgumentException($"step has room for {step.Length} values, expected {Config.StepFeatures}", nameof(step));
        }
    }
}
