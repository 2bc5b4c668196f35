using Carousel.Runtime.States;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>Cuts samples into overlapping frames and turns each into log-mel energies or cepstra. In float64 inside, float32 outside; allocates nothing per frame.</summary>
internal sealed class SpectralFrames
{
    private readonly AudioFeaturesConfig _config;
    private readonly RealFft _fft;
    private readonly MelFilters _mels;
    private readonly double[] _window;
    private readonly double[] _samples;
    private readonly double[] _weighted;
    private readonly double[] _energies;
    private readonly double[] _cosines;
    private readonly int _hop;
    private int _held;
    private double? _before;

    /// <summary>At the beginning of a signal.</summary>
    /// <param name="config">Sound, and of a kind that is computed.</param>
    /// <param name="mels">Its bands.</param>
    public SpectralFrames(AudioFeaturesConfig config, MelFilters mels)
    {
        _config = config;
        _hop = config.HopSamples;
        _fft = new RealFft(config.FftSize);
        _mels = mels;
        _window = Window(config.Window, config.WindowSamples);
        _samples = new double[config.WindowSamples];
        _weighted = new double[config.FftSize];
        Power = new double[(config.FftSize / 2) + 1];
        _energies = new double[config.Mels];
        _cosines = config.Kind == AudioFeatureKind.Mfcc ? CosineTransform(config) : [];
    }

    /// <summary>|X[k]|² of the last frame [N/2 + 1].</summary>
    public double[] Power { get; }

    /// <summary>Takes samples up to the end of the next frame.</summary>
    /// <param name="samples">In −1 … 1; moved on past those that were taken.</param>
    /// <param name="frame">[<see cref="AudioFeaturesConfig.BaseFeatures"/>], written when a frame is complete.</param>
    /// <returns>True when a frame is complete; false when more samples are needed.</returns>
    public bool Next(ref ReadOnlySpan<float> samples, Span<float> frame)
    {
        int taken = Math.Min(samples.Length, _samples.Length - _held);
        for (int i = 0; i < taken; i++)
        {
            double sample = samples[i];
            _samples[_held + i] = _config.Style == AudioFeatureStyle.Standard && _before is { } before ? sample - (_config.PreEmphasis * before) : sample;
            _before = sample;
        }

        samples = samples[taken..];
        _held += taken;
        if (_held < _samples.Length)
        {
            return false;
        }

        Analyse(frame);
        _held -= _hop;
        _samples.AsSpan(_hop).CopyTo(_samples);
        return true;
    }

    /// <summary>Begins a new signal.</summary>
    public void Reset() => (_held, _before) = (0, null);

    /// <summary>Writes the samples of the frame that has begun.</summary>
    public void Save(StateWriter state)
    {
        state.Long(_held);
        state.Values<double>(_samples.AsSpan(0, _held));
        state.Bool(_before is not null);
        state.Double(_before ?? 0);
    }

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    public void Restore(StateReader state)
    {
        _held = state.Int(0, _samples.Length - 1);
        state.Doubles(_samples.AsSpan(0, _held));
        bool isThere = state.Bool();
        Span<double> before = [0];
        state.Doubles(before);
        _before = isThere ? before[0] : null;
    }

    private void Analyse(Span<float> frame)
    {
        if (_config.Style == AudioFeatureStyle.Kaldi)
        {
            double mean = 0;
            foreach (double sample in _samples)
            {
                mean += sample / _samples.Length;
            }

            double before = _samples[0] - mean;
            for (int k = 0; k < _samples.Length; k++)
            {
                double sample = _samples[k] - mean;
                _weighted[k] = (sample - (_config.PreEmphasis * before)) * _window[k];
                before = sample;
            }
        }
        else
        {
            for (int k = 0; k < _samples.Length; k++)
            {
                _weighted[k] = _samples[k] * _window[k];
            }
        }

        _fft.PowerSpectrum(_weighted, Power);
        _mels.Apply(Power, _energies);
        for (int j = 0; j < _energies.Length; j++)
        {
            _energies[j] = Math.Log(Math.Max(_energies[j], _config.LogFloor));
        }

        for (int c = 0; c < frame.Length; c++)
        {
            frame[c] = (float)(_cosines.Length == 0 ? _energies[c] : Product(_cosines.AsSpan(c * _energies.Length, _energies.Length), _energies));
        }
    }

    private static double Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static double[] Window(AnalysisWindow window, int length)
    {
        int period = window == AnalysisWindow.HannPeriodic ? length : length - 1;
        double exponent = window == AnalysisWindow.Povey ? 0.85 : 1;
        return [.. Enumerable.Range(0, length).Select(k => Math.Pow(0.5 - (0.5 * Math.Cos(2 * Math.PI * k / period)), exponent))];
    }

    // [cepstra, mels]: the orthonormal cosine transform of type II, each row with its lifter factor.
    private static double[] CosineTransform(AudioFeaturesConfig config)
    {
        double[] rows = new double[config.Cepstra * config.Mels];
        for (int at = 0; at < rows.Length; at++)
        {
            (int c, int j) = Math.DivRem(at, config.Mels);
            double lift = config.Lifter == 0 ? 1 : 1 + (config.Lifter / 2 * Math.Sin(Math.PI * c / config.Lifter));
            rows[at] = lift * Math.Sqrt((c == 0 ? 1.0 : 2.0) / config.Mels) * Math.Cos(Math.PI * c * (j + 0.5) / config.Mels);
        }

        return rows;
    }
}
