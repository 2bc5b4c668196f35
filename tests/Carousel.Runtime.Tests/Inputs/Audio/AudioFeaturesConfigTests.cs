using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Inputs.Audio;

public sealed class AudioFeaturesConfigTests
{
    [Fact]
    public void Sizes_follow_from_the_settings()
    {
        var config = new AudioFeaturesConfig { Kind = AudioFeatureKind.Mfcc, Deltas = 2, Stack = 2 };
        Assert.Equal((400, 160, 512), (config.WindowSamples, config.HopSamples, config.FftSize));
        Assert.Equal((13, 39, 78), (config.BaseFeatures, config.FrameFeatures, config.StepFeatures));
        Assert.Equal(0.02, config.StepSeconds, 12);
        Assert.Equal(0.075, config.DelaySeconds, 12);
        Assert.Equal(["mel0", "mel1", "mel0_delta", "mel1_delta"], new AudioFeaturesConfig { Mels = 2, Deltas = 1 }.FeatureNames);
    }

    [Fact]
    public void Json_round_trip_keeps_every_setting_and_defaults_are_those_of_the_record()
    {
        var config = new AudioFeaturesConfig
        {
            Kind = AudioFeatureKind.Mfcc, Style = AudioFeatureStyle.Kaldi, SampleRate = 8000, WindowMs = 20, HopMs = 7.5, Window = AnalysisWindow.Povey, PreEmphasis = 0.9, Mels = 30,
            LowestHz = 50, HighestHz = 3800, LogFloor = 1e-6, Cepstra = 12, Lifter = 22, Normalisation = UtteranceNormalisation.MeanAndDeviation, Deltas = 1, DeltaReach = 3, Stack = 4,
        };
        Assert.Equal(config, ModelJson.Shared.Read<AudioFeaturesConfig>(ModelJson.Shared.Write(config), "test"));
        Assert.Equal(new AudioFeaturesConfig(), ModelJson.Shared.Read<AudioFeaturesConfig>("{}", "test"));
    }

    [Fact]
    public void Validate_names_every_problem()
    {
        Assert.Empty(new AudioFeaturesConfig().Validate());
        Assert.Empty(new AudioFeaturesConfig { Kind = AudioFeatureKind.Precomputed, SampleRate = 1000, WindowMs = 1, HopMs = 1, LowestHz = 0 }.Validate());
        var broken = new AudioFeaturesConfig
        {
            SampleRate = 10, WindowMs = double.NaN, HopMs = 0, PreEmphasis = 1, Mels = 0, LowestHz = -1, LogFloor = 0, Lifter = double.NaN, RangeDb = -1, Deltas = 3, DeltaReach = 0, Stack = 0,
        };
        string problems = string.Join('\n', broken.Validate());
        foreach (string field in new[] { "sample_rate", "window_ms", "hop_ms", "pre_emphasis", "mels", "lowest_hz", "log_floor", "lifter", "range_db", "deltas", "delta_reach", "stack" })
        {
            Assert.Contains($"{field} is ", problems, StringComparison.Ordinal);
        }

        Assert.Contains("cepstra is 50", string.Concat(new AudioFeaturesConfig { Kind = AudioFeatureKind.Mfcc, Cepstra = 50 }.Validate()), StringComparison.Ordinal);
        Assert.Contains("highest_hz is 9000", string.Concat(new AudioFeaturesConfig { HighestHz = 9000 }.Validate()), StringComparison.Ordinal);
        Assert.Contains("normalisation is Peak", string.Concat(new AudioFeaturesConfig { Kind = AudioFeatureKind.Mfcc, Normalisation = UtteranceNormalisation.Peak }.Validate()), StringComparison.Ordinal);
        Assert.Contains("range_db is 30", string.Concat(new AudioFeaturesConfig { RangeDb = 30 }.Validate()), StringComparison.Ordinal);
        Assert.Contains("band 0 holds none", string.Concat(new AudioFeaturesConfig { SampleRate = 8000, Mels = 300 }.Validate()), StringComparison.Ordinal);
        Assert.Contains("2 … 65536 samples", string.Concat(new AudioFeaturesConfig { SampleRate = 768_000, WindowMs = 1000 }.Validate()), StringComparison.Ordinal);
    }
}
