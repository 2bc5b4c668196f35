using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Runtime.Tests.Inputs.Audio;

public sealed class ResamplerTests
{
    [Theory]
    [InlineData(16000, 8000)]
    [InlineData(8000, 16000)]
    [InlineData(44100, 16000)]
    [InlineData(44101, 8000)]
    [InlineData(11025, 8000)]
    [InlineData(10, 9)]
    public void Write_any_chunking_gives_the_bits_of_the_whole(int from, int to)
    {
        float[] samples = Noise(9001), whole = Resampler.Resample(samples, from, to);
        Assert.Equal(((long)samples.Length * to + from - 1) / from, whole.Length);
        foreach (int length in new[] { 1, 7, 160, 1000, 5000 })
        {
            var resampler = new Resampler(from, to);
            float[] output = new float[Math.Max(resampler.MostOutputs(length), resampler.MostAtEnd)];
            for (int repeat = 0; repeat < 2; repeat++)
            {
                var all = new List<float>();
                for (int at = 0; at < samples.Length; at += length)
                {
                    int count = resampler.Write(samples.AsSpan(at, Math.Min(length, samples.Length - at)), output);
                    all.AddRange(output[..count]);
                }

                int last = resampler.Finish(output);
                all.AddRange(output[..last]);
                Assert.Equal(whole, all);
            }
        }
    }

    [Theory]
    [InlineData(48000, 16000, 1000)]
    [InlineData(8000, 16000, 3000)]
    [InlineData(44100, 8000, 440)]
    [InlineData(16000, 8000, 3000)]
    public void Resample_sine_below_both_limits_is_kept(int from, int to, double hz)
    {
        float[] output = Resampler.Resample(Sine(from, hz, from), from, to), expected = Sine(to, hz, to);
        for (int i = to / 10; i < to * 9 / 10; i++)
        {
            Assert.Equal(expected[i], output[i], 5e-4);
        }
    }

    [Theory]
    [InlineData(16000, 8000, 4400)]
    [InlineData(48000, 16000, 12000)]
    public void Resample_sine_above_the_new_limit_is_damped(int from, int to, double hz)
    {
        float[] output = Resampler.Resample(Sine(from, hz, from), from, to);
        Assert.True(output[(to / 10)..(to * 9 / 10)].Max(Math.Abs) < 1e-3);
    }

    [Fact]
    public void Resample_same_rate_and_nothing()
    {
        Assert.Empty(Resampler.Resample([], 8000, 16000));
        var clip = new AudioClip(Noise(10), 8000);
        Assert.Same(clip, clip.AtRate(8000));
        Assert.Equal(20, clip.AtRate(16000).Samples.Length);
    }

    [Fact]
    public void Rates_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampler(0, 8000));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampler(8000, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampler(8_000_001, 8000));
        Assert.Throws<ArgumentException>(() => new Resampler(8000, 16000).Write(new float[1000], new float[10]));
    }

    private static float[] Noise(int count)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    private static float[] Sine(int rate, double hz, int count) => [.. Enumerable.Range(0, count).Select(i => (float)Math.Sin(2 * Math.PI * hz * i / rate))];
}
