using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Conformance.Cases;

/// <summary>Log-mel features of a waveform, computed as a stream in pieces of unequal length.</summary>
internal sealed class AudioFeatureCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["log_mel"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        CaseSettings settings = vector.Config;
        settings.AllowOnly(
            "style", "sample_rate", "window_ms", "hop_ms", "window_samples", "hop_samples", "fft_size", "n_mels", "f_min", "f_max", "mel_scale", "pre_emphasis",
            "spectrum", "filter_normalisation", "log", "framing", "dither", "window", "pre_emphasis_scope", "remove_dc_per_frame", "triangle_space", "log_floor");
        AudioFeaturesConfig config = Config(settings);
        var mels = new MelFilters(config);
        var spectral = new SpectralFrames(config, mels);
        ReadOnlySpan<float> waveform = vector.Input("waveform").ToFloats();
        ReadOnlySpan<float> first = waveform;
        Assert.True(spectral.Next(ref first, new float[config.Mels]));
        compare.Output("power_spectrum_frame0", spectral.Power);
        compare.Output("mel_center_hz", [.. mels.CentresHz]);

        AudioFeatureStream stream = new AudioFeatures(config).OpenStream();
        var frames = new List<float>();
        float[] frame = new float[config.StepFeatures];
        for (int length = 1; !waveform.IsEmpty; length = (length * 3 % 101) + 1)
        {
            ReadOnlySpan<float> piece = waveform[..Math.Min(length, waveform.Length)];
            waveform = waveform[piece.Length..];
            while (stream.Next(ref piece, frame))
            {
                frames.AddRange(frame);
            }
        }

        Assert.False(stream.Last(frame));
        compare.Output("log_mel", [.. frames]);
    }

    private static AudioFeaturesConfig Config(CaseSettings settings)
    {
        bool kaldi = settings.Text("style") == "kaldi";
        var config = new AudioFeaturesConfig
        {
            Style = kaldi ? AudioFeatureStyle.Kaldi : AudioFeatureStyle.Standard,
            SampleRate = settings.Integer("sample_rate"),
            WindowMs = settings.Number("window_ms"),
            HopMs = settings.Number("hop_ms"),
            Window = settings.Text("window") switch
            {
                "hann_periodic" => AnalysisWindow.HannPeriodic,
                "hann_symmetric" => AnalysisWindow.HannSymmetric,
                "povey" => AnalysisWindow.Povey,
                var name => throw new InvalidDataException($"unknown window '{name}'"),
            },
            PreEmphasis = settings.Number("pre_emphasis"),
            Mels = settings.Integer("n_mels"),
            LowestHz = settings.Number("f_min"),
            HighestHz = settings.Number("f_max"),
            LogFloor = settings.Number("log_floor"),
        };
        Honour(settings.Integer("window_samples") == config.WindowSamples, "window_samples");
        Honour(settings.Integer("hop_samples") == config.HopSamples, "hop_samples");
        Honour(settings.Integer("fft_size") == config.FftSize, "fft_size");
        Honour(settings.Text("mel_scale") == "HTK: 2595 log10(1+f/700)", "mel_scale");
        Honour(settings.Text("spectrum") == "power |X|^2, no scaling", "spectrum");
        Honour(settings.Text("filter_normalisation") == "none (peak 1)", "filter_normalisation");
        Honour(settings.Text("log") == "natural", "log");
        Honour(settings.Text("framing") == "no padding; frames = 1+floor((N-window)/hop)", "framing");
        Honour(settings.Number("dither") == 0, "dither");
        Honour(settings.Text("pre_emphasis_scope") == (kaldi ? "frame" : "signal"), "pre_emphasis_scope");
        Honour(settings.Flag("remove_dc_per_frame") == kaldi, "remove_dc_per_frame");
        Honour(settings.Text("triangle_space") == (kaldi ? "mel" : "hz"), "triangle_space");
        return config;
    }

    private static void Honour(bool holds, string name)
    {
        if (!holds)
        {
            throw new InvalidDataException($"config.{name} is not what the features of this style have");
        }
    }
}
