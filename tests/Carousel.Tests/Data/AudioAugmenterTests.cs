using Carousel.Data;
using Carousel.Numerics;

namespace Carousel.Tests.Data;

public sealed class AudioAugmenterTests
{
    private static readonly AudioAugmentation Everything = new() { Speed = 0.2, GainDb = 6, Tilt = 0.5, NoiseShare = 0.5, ShiftMs = 50 };
    private static readonly float[] Tone = [.. Enumerable.Range(0, 4000).Select(i => (float)(0.3 * Math.Sin(2 * Math.PI * 500 * i / 8000)))];

    [Fact]
    public void Apply_same_random_numbers_give_the_same_bits_and_others_do_not()
    {
        var augmenter = new AudioAugmenter(Everything, 8000);
        RandomSource random = new(5), same = RandomSource.Restore(random.State);
        float[][] first = [.. Enumerable.Range(0, 20).Select(_ => augmenter.Apply(Tone, random))];
        var other = new AudioAugmenter(Everything, 8000);
        foreach (float[] expected in first)
        {
            Assert.Equal(expected, other.Apply(Tone, same));
        }

        Assert.Equal(random.State, same.State);
        Assert.Equal(20, first.Select(samples => samples.Sum(sample => (double)sample)).Distinct().Count());
        Assert.All(first, samples => Assert.All(samples, sample => Assert.True(float.IsFinite(sample))));
    }

    [Fact]
    public void Apply_nothing_asked_for_gives_the_samples() => Assert.Equal(Tone, new AudioAugmenter(new(), 8000).Apply(Tone, new RandomSource(1)));

    [Fact]
    public void Apply_empty_and_silent_audio_stay_so()
    {
        var augmenter = new AudioAugmenter(Everything, 8000);
        var random = new RandomSource(2);
        for (int repeat = 0; repeat < 20; repeat++)
        {
            Assert.All(augmenter.Apply([], random), sample => Assert.Equal(0, sample));
            Assert.All(augmenter.Apply(new float[100], random), sample => Assert.Equal(0, sample));
            Assert.NotEmpty(augmenter.Apply(new float[1], random));
        }
    }

    [Fact]
    public void Apply_speed_changes_length_and_pitch_together()
    {
        var augmenter = new AudioAugmenter(new() { Speed = 0.2 }, 8000);
        var random = new RandomSource(3);
        int[] lengths = [.. Enumerable.Range(0, 300).Select(_ => augmenter.Apply(Tone, random)).Select(samples => (samples.Length, Crossings: Crossings(samples))).Select(found =>
        {
            // A tone of 500 Hz for half a second crosses zero upwards 250 times at any speed.
            Assert.InRange(found.Crossings, 248, 252);
            return found.Length;
        })];
        Assert.Equal(4000 * 100 / 80, lengths.Max());
        Assert.Equal((4000 * 100 / 120) + 1, lengths.Min());
    }

    [Fact]
    public void Apply_gain_and_noise_keep_to_their_decibels()
    {
        var random = new RandomSource(4);
        double power = Power(Tone);
        for (int repeat = 0; repeat < 100; repeat++)
        {
            Assert.InRange(Math.Abs(10 * Math.Log10(Power(new AudioAugmenter(new() { GainDb = 6 }, 8000).Apply(Tone, random)) / power)), 0, 6.001);
            float[] noisy = new AudioAugmenter(new() { NoiseShare = 1, LowestSnrDb = 20, HighestSnrDb = 20 }, 8000).Apply(Tone, random);
            float[] noise = [.. noisy.Zip(Tone, (a, b) => a - b)];
            Assert.Equal(20, 10 * Math.Log10(power / Power(noise)), 3.0);
        }
    }

    [Fact]
    public void Apply_shift_moves_by_at_most_its_length_and_keeps_half()
    {
        var augmenter = new AudioAugmenter(new() { ShiftMs = 10 }, 8000);
        var random = new RandomSource(6);
        int[] lengths = [.. Enumerable.Range(0, 500).Select(_ => augmenter.Apply(Tone, random).Length)];
        Assert.InRange(lengths.Min(), 3920, 3935);
        Assert.InRange(lengths.Max(), 4065, 4080);
        Assert.All(Enumerable.Range(0, 50), _ => Assert.InRange(augmenter.Apply(Tone.AsSpan(0, 10), random).Length, 5, 90));
    }

    [Fact]
    public void Validate_names_every_problem()
    {
        Assert.Empty(Everything.Validate());
        var broken = new AudioAugmentation { Speed = 0.6, GainDb = -1, Tilt = 1, NoiseShare = double.NaN, LowestSnrDb = 50, ShiftMs = -1 };
        Assert.Equal(["speed", "tilt", "noise_share", "gain_db", "lowest_snr_db", "shift_ms"], broken.Validate().Select(problem => problem.Split(' ')[0]));
    }

    private static double Power(float[] samples) => samples.Average(sample => (double)sample * sample);

    private static int Crossings(float[] samples) => Enumerable.Range(1, samples.Length - 1).Count(i => samples[i - 1] < 0 && samples[i] >= 0);
}
