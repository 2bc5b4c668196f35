using Carousel.Numerics;

namespace Carousel.Tasks.Transcription;

/// <summary>How feature frames are changed at random each time they are trained on, so that few speakers stand for many: what can be done without the audio.</summary>
public sealed record FrameAugmentation
{
    /// <summary>Largest change of tempo: frames are resampled in time by a factor drawn uniformly from 1 ± this (Ko et al. 2015); 0 ≤ s &lt; 1.</summary>
    /// <value>0</value>
    public float Speed { get; init; }

    /// <summary>
    /// Largest change of the length of the vocal tract: the mel axis is stretched by a factor drawn uniformly from 1 ± this (Jaitly &amp; Hinton 2013). Frames of cepstra are
    /// stretched by the linear map this is for them (Pitz &amp; Ney 2005). 0 ≤ w &lt; 1.
    /// </summary>
    /// <value>0</value>
    public float Warp { get; init; }

    /// <summary>Deviation of the normal noise added to every scaled feature; 0 or more.</summary>
    /// <value>0</value>
    public float Noise { get; init; }

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (!(Speed is >= 0 and < 1))
        {
            yield return $"speed is {Speed}, expected 0 ≤ speed < 1";
        }

        if (!(Warp is >= 0 and < 1))
        {
            yield return $"warp is {Warp}, expected 0 ≤ warp < 1";
        }

        if (!(Noise >= 0 && float.IsFinite(Noise)))
        {
            yield return $"noise is {Noise}, expected 0 or more";
        }
    }

    /// <summary>Changes tempo and vocal tract of frames as they come from the file.</summary>
    /// <param name="frames">[N, F] cepstra or log-mel energies.</param>
    /// <param name="features">F</param>
    /// <param name="isCepstra">True for cepstra, false for mel bands.</param>
    /// <param name="random">Where the factors are drawn.</param>
    /// <returns>[N′, F]</returns>
    public float[] Distort(float[] frames, int features, bool isCepstra, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(frames);
        if (Warp > 0)
        {
            frames = MelWarp.Apply(frames, features, isCepstra, 1 + (Warp * ((2 * random.NextSingle()) - 1)));
        }

        return Speed > 0 ? Resample(frames, features, 1 + (Speed * ((2 * random.NextSingle()) - 1))) : frames;
    }

    /// <summary>Adds noise to scaled features, in place.</summary>
    /// <param name="steps">Any number of them.</param>
    /// <param name="random">Where it is drawn.</param>
    public void Disturb(Span<float> steps, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        for (int at = 0; Noise > 0 && at < steps.Length; at++)
        {
            steps[at] += Noise * random.NextNormal();
        }
    }

    // Linear between neighbouring frames; the first and the last stay where they are.
    private static float[] Resample(float[] frames, int features, float speed)
    {
        int count = frames.Length / features, wanted = Math.Max(1, (int)(count / speed));
        float[] result = new float[wanted * features];
        for (int frame = 0; frame < wanted; frame++)
        {
            double place = wanted == 1 ? 0 : (double)frame * (count - 1) / (wanted - 1);
            int before = Math.Clamp((int)place, 0, Math.Max(0, count - 2)), after = Math.Min(before + 1, count - 1);
            float share = (float)(place - before);
            for (int feature = 0; feature < features; feature++)
            {
                float a = frames[(before * features) + feature], b = frames[(after * features) + feature];
                result[(frame * features) + feature] = a + (share * (b - a));
            }
        }

        return result;
    }
}
