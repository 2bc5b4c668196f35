using Carousel.Numerics;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Data;

/// <summary>Changes recordings at random, as an <see cref="AudioAugmentation"/> says. The same random numbers give the same bits. May be used by several threads at once.</summary>
/// <param name="config">How much; sound.</param>
/// <param name="sampleRate">Samples per second of the recordings.</param>
public sealed class AudioAugmenter(AudioAugmentation config, int sampleRate)
{
    // Speeds are whole hundredths, so that few filters serve all recordings.
    private const int SpeedSteps = 100;

    // One filter for each speed, made when it is first drawn.
    [ThreadStatic]
    private static Dictionary<int, Resampler>? t_resamplers;

    /// <summary>Speed, colour, loudness, shift, noise, in this order.</summary>
    /// <param name="samples">[N]; stays as it is.</param>
    /// <param name="random">Where every number is drawn.</param>
    /// <returns>[N′], 1 or more samples if there was one.</returns>
    public float[] Apply(ReadOnlySpan<float> samples, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int steps = (int)Math.Round(config.Speed * SpeedSteps), speed = SpeedSteps + random.NextInt((2 * steps) + 1) - steps;
        double tilt = config.Tilt * Symmetric(random), gain = Math.Pow(10, config.GainDb * Symmetric(random) / 20);
        int shift = (int)(config.ShiftMs * sampleRate / 1000 * Symmetric(random));
        bool isNoisy = random.NextDouble() < config.NoiseShare;
        double snr = config.LowestSnrDb + ((config.HighestSnrDb - config.LowestSnrDb) * random.NextDouble()), colour = random.NextDouble();
        float[] changed = Shift(Resample(samples, speed), shift);
        Filter(changed, tilt, gain);
        if (isNoisy)
        {
            AddNoise(changed, snr, colour, random);
        }

        return changed;
    }

    private static double Symmetric(RandomSource random) => (2 * random.NextDouble()) - 1;

    private static float[] Resample(ReadOnlySpan<float> samples, int speed)
    {
        if (speed == SpeedSteps)
        {
            return samples.ToArray();
        }

        t_resamplers ??= [];
        if (!t_resamplers.TryGetValue(speed, out Resampler? resampler))
        {
            resampler = t_resamplers[speed] = new Resampler(speed, SpeedSteps);
        }

        float[] output = new float[resampler.MostOutputs(samples.Length) + resampler.MostAtEnd];
        int count = resampler.Write(samples, output);
        return output[..(count + resampler.Finish(output.AsSpan(count)))];
    }

    private static float[] Shift(float[] samples, int shift)
    {
        if (shift >= 0)
        {
            return shift == 0 ? samples : [.. new float[shift], .. samples];
        }

        // Half of the recording stays, however short it is.
        return samples[Math.Min(-shift, samples.Length / 2)..];
    }

    // Loudness is kept by the filter for noise that is white, which is as good a rule as any.
    private static void Filter(Span<float> samples, double tilt, double gain)
    {
        double scale = gain / Math.Sqrt(1 + (tilt * tilt)), before = 0;
        foreach (ref float sample in samples)
        {
            double now = sample;
            sample = (float)(scale * (now - (tilt * before)));
            before = now;
        }
    }

    // White noise through a one-pole low-pass: from hiss (colour 0) to rumble (1).
    private static void AddNoise(Span<float> samples, double snrDb, double colour, RandomSource random)
    {
        const double mostRumble = 0.95;
        double energy = 0, pole = mostRumble * colour, now = 0;
        foreach (float sample in samples)
        {
            energy += (double)sample * sample;
        }

        double deviation = Math.Sqrt(energy / Math.Max(1, samples.Length) * Math.Pow(10, -snrDb / 10)), input = deviation * Math.Sqrt(1 - (pole * pole));
        foreach (ref float sample in samples)
        {
            now = (pole * now) + (input * random.NextNormal());
            sample += (float)now;
        }
    }
}
