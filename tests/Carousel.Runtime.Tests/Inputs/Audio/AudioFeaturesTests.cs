using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Inputs.Audio;

public sealed class AudioFeaturesTests
{
    private static readonly AudioFeaturesConfig Small = new() { SampleRate = 8000, Mels = 12 };

    public static TheoryData<AudioFeaturesConfig, int> Streams() => new()
    {
        { Small, 8000 },
        { Small with { Style = AudioFeatureStyle.Kaldi, Window = AnalysisWindow.Povey, Deltas = 1 }, 8000 },
        { Small with { Kind = AudioFeatureKind.Mfcc, Cepstra = 5, Lifter = 22, Deltas = 2, Stack = 2 }, 8000 },
        { Small with { Deltas = 2, DeltaReach = 3, Stack = 3, HopMs = 7.3 }, 16000 },
        { Small with { Deltas = 1, Stack = 2 }, 11025 },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Stream_any_chunking_gives_the_bits_of_the_whole_file(AudioFeaturesConfig config, int rate)
    {
        var features = new AudioFeatures(config, Scaler(config));
        foreach (int samples in new[] { 0, 150, 560, 2000, 7777 })
        {
            var clip = new AudioClip(Speech(samples), rate);
            float[] whole = features.Of(clip);
            AudioFeatureStream stream = features.OpenStream(rate);
            foreach (int length in new[] { 1, 7, 160, 1000, 100_000 })
            {
                Assert.Equal(whole, Run(stream, clip.Samples.ToArray(), length));
            }

            if (rate == config.SampleRate)
            {
                Assert.Equal(whole.Length, features.StepsOf(samples) * config.StepFeatures);
            }
        }
    }

    [Fact]
    public void Stream_allocates_nothing()
    {
        AudioFeaturesConfig config = Small with { Kind = AudioFeatureKind.Mfcc, Deltas = 2, Stack = 2, Cepstra = 12 };
        AudioFeatureStream stream = new AudioFeatures(config, Scaler(config)).OpenStream(16000);
        float[] speech = Speech(64_000), step = new float[config.StepFeatures];
        int steps = 0;
        long mark = 0;
        for (int repeat = 0; repeat < 2; repeat++)
        {
            mark = Allocations.Mark();
            ReadOnlySpan<float> samples = speech;
            while (stream.Next(ref samples, step))
            {
                steps++;
            }

            while (stream.Last(step))
            {
                steps++;
            }
        }

        Assert.Equal(0, Allocations.Since(mark));
        Assert.Equal(2 * 199, steps);
    }

    [Fact]
    public void Deltas_are_slopes_with_the_ends_repeated()
    {
        // A straight line has its slope everywhere but at the ends, where it is flattened: with reach 1 to half.
        var features = new AudioFeatures(Precomputed(1) with { Deltas = 2, DeltaReach = 1 });
        float[] steps = features.OfFrames(new float[] { 0, 3, 6, 9, 12 });
        Assert.Equal([0, 1.5f, 0.75f, 3, 3, 0.75f, 6, 3, 0, 9, 3, -0.75f, 12, 1.5f, -0.75f], steps);
        Assert.Equal([5, 0, 0], features.OfFrames(new float[] { 5 }));
    }

    [Fact]
    public void Stack_joins_frames_and_fills_the_last_step_with_its_last_frame()
    {
        var features = new AudioFeatures(Precomputed(2) with { Stack = 3 });
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 7, 8, 7, 8], features.OfFrames(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }));
        Assert.Empty(features.OfFrames([]));
        Assert.Throws<ArgumentException>(() => features.OfFrames(new float[3]));
    }

    [Fact]
    public void Scaler_is_applied_to_every_frame_before_they_are_joined()
    {
        var scaler = new StandardScaler(["a", "b"], [1, 10], [2, 5]);
        Assert.Equal([0, 0, 1, 1], new AudioFeatures(Precomputed(2) with { Stack = 2 }, scaler).OfFrames(new float[] { 1, 10, 3, 15 }));
        Assert.Throws<ArgumentException>(() => new AudioFeatures(Precomputed(3), scaler));
    }

    [Fact]
    public void Mfcc_is_the_cosine_transform_of_log_mel()
    {
        AudioFeaturesConfig cepstral = Small with { Kind = AudioFeatureKind.Mfcc, Cepstra = 12 };
        var clip = new AudioClip(Speech(200), 8000);
        float[] mel = new AudioFeatures(Small).Of(clip), cepstra = new AudioFeatures(cepstral).Of(clip);
        for (int c = 0; c < 12; c++)
        {
            double sum = 0;
            for (int j = 0; j < 12; j++)
            {
                sum += mel[j] * Math.Cos(Math.PI * c * (j + 0.5) / 12);
            }

            Assert.Equal(sum * Math.Sqrt((c == 0 ? 1 : 2) / 12.0), cepstra[c], 1e-4);
        }

        // The transform is orthonormal: it keeps lengths.
        Assert.Equal(mel.Sum(value => (double)value * value), cepstra.Sum(value => (double)value * value), 1e-2);
    }

    [Fact]
    public void Utterance_normalisation_makes_loudness_irrelevant_and_cannot_be_streamed()
    {
        float[] loud = Speech(4000), quiet = Array.ConvertAll(loud, sample => sample / 16);
        var features = new AudioFeatures(Small with { Normalisation = UtteranceNormalisation.Mean });
        AudioFeaturesConfig loudness = Small with { Normalisation = UtteranceNormalisation.Loudness };
        foreach (AudioFeatures chosen in new[] { features, new AudioFeatures(loudness), new AudioFeatures(loudness with { Kind = AudioFeatureKind.Mfcc, Cepstra = 5 }) })
        {
            float[] one = chosen.Of(new AudioClip(loud, 8000)), other = chosen.Of(new AudioClip(quiet, 8000));
            for (int i = 0; i < one.Length; i++)
            {
                Assert.Equal(one[i], other[i], 1e-4);
            }
        }

        // Loudness is one number, taken out of all bands alike.
        float[] plain = new AudioFeatures(Small).Of(new AudioClip(loud, 8000)), level = new AudioFeatures(loudness).Of(new AudioClip(loud, 8000));
        Assert.Equal(0, level.Average(), 1e-5);
        Assert.All(plain.Zip(level), pair => Assert.Equal(plain.Average(), pair.First - pair.Second, 1e-4));

        float[] scaled = new AudioFeatures(Small with { Normalisation = UtteranceNormalisation.MeanAndDeviation }).Of(new AudioClip(loud, 8000));
        float[] first = [.. scaled.Where((_, i) => i % 12 == 0)];
        Assert.Equal(0, first.Average(), 1e-5);
        Assert.Equal(1, Math.Sqrt(first.Average(value => (double)value * value)), 1e-5);
        Assert.Throws<InvalidOperationException>(() => features.OpenStream());
    }

    [Fact]
    public void Peak_and_range_do_not_depend_on_loudness_nor_on_silence_around()
    {
        const double range = 30;
        float[] speech = Speech(4000), padded = [.. new float[800], .. speech, .. new float[1600]];
        AudioFeaturesConfig config = Small with { Normalisation = UtteranceNormalisation.Peak, RangeDb = range };
        var features = new AudioFeatures(config);
        float[] one = features.Of(new AudioClip(speech, 8000)), quiet = features.Of(new AudioClip(Array.ConvertAll(speech, sample => sample / 16), 8000));
        float[] later = features.Of(new AudioClip(padded, 8000)), unlimited = new AudioFeatures(config with { RangeDb = 0 }).Of(new AudioClip(speech, 8000));
        float floor = (float)(-range * Math.Log(10) / 10);
        Assert.Equal(0, one.Max());
        Assert.Equal(floor, later.Min(), 1e-5);
        Assert.True(unlimited.Min() < floor);
        Assert.All(one.Zip(quiet), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.All(one.Zip(unlimited), pair => Assert.Equal(pair.First, Math.Max(floor, pair.Second), 1e-5));

        // 800 samples are ten whole frames: those of the speech that see no edge are the same numbers.
        const int frame = 12;
        for (int at = frame; at < one.Length - frame; at++)
        {
            Assert.Equal(one[at], later[at + (800 / config.HopSamples * frame)], 1e-4);
        }

        Assert.Throws<InvalidOperationException>(() => features.OpenStream());
    }

    [Fact]
    public void Silence_and_clipping_give_finite_features()
    {
        float[] silence = new float[1000], clipped = [.. Enumerable.Range(0, 1000).Select(i => i / 40 % 2 == 0 ? 1f : -1f)];
        foreach (UtteranceNormalisation normalisation in Enum.GetValues<UtteranceNormalisation>())
        {
            var features = new AudioFeatures(Small with { Normalisation = normalisation, Deltas = 2 });
            Assert.All(features.Of(new AudioClip(silence, 8000)), value => Assert.True(float.IsFinite(value)));
            Assert.All(features.Of(new AudioClip(clipped, 8000)), value => Assert.True(float.IsFinite(value)));
        }

        Assert.All(new AudioFeatures(Small).Of(new AudioClip(silence, 8000)), value => Assert.Equal((float)Math.Log(1e-10), value));
    }

    [Theory]
    [InlineData(new float[] { }, true, 0)]
    [InlineData(new[] { 0.25f, 0.25f }, true, 0)]
    [InlineData(new[] { 1, 0, -1, 0.5f }, false, 0)]
    [InlineData(new[] { 1, 1, -1, 0.5f, 1, 0, 1, -2, 1, 0 }, false, 0.6)]
    public void Clip_knows_silence_and_flat_tops(float[] samples, bool isSilent, double clippedShare)
    {
        var clip = new AudioClip(samples, 8000);
        Assert.Equal((isSilent, clippedShare), (clip.IsSilent, clip.ClippedShare));
    }

    [Fact]
    public void Precomputed_features_take_no_audio()
    {
        var features = new AudioFeatures(Precomputed(13));
        Assert.Throws<InvalidOperationException>(() => features.Of(new AudioClip(new float[1000], 16000)));
        Assert.Throws<InvalidOperationException>(() =>
        {
            ReadOnlySpan<float> samples = new float[1000];
            features.OpenStream().Next(ref samples, new float[13]);
        });
    }

    [Fact]
    public void Rate_of_a_stream_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new AudioFeatures(Small).OpenStream(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AudioFeatures(Small).OpenStream(int.MaxValue));
    }

    private static AudioFeaturesConfig Precomputed(int width) => new() { Kind = AudioFeatureKind.Precomputed, Cepstra = width };

    private static StandardScaler Scaler(AudioFeaturesConfig config) => new(
        config.FeatureNames,
        [.. Enumerable.Range(0, config.FrameFeatures).Select(i => i * 0.1)],
        [.. Enumerable.Range(0, config.FrameFeatures).Select(i => 1 + (i * 0.01))]);

    private static float[] Run(AudioFeatureStream stream, float[] speech, int length)
    {
        var all = new List<float>();
        float[] step = new float[stream.Config.StepFeatures];
        for (int at = 0; at < speech.Length; at += length)
        {
            ReadOnlySpan<float> samples = speech.AsSpan(at, Math.Min(length, speech.Length - at));
            while (stream.Next(ref samples, step))
            {
                all.AddRange(step);
            }
        }

        while (stream.Last(step))
        {
            all.AddRange(step);
        }

        return [.. all];
    }

    // A gliding tone with noise.
    private static float[] Speech(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(i => (float)((0.5 * Math.Sin(i * (0.1 + (i * 1e-5)))) + (0.1 * random.NextDouble())))];
    }
}
