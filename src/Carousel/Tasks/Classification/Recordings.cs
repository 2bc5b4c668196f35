using Carousel.Data;
using Carousel.Numerics;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Tasks.Classification;

/// <summary>The recordings of the training part, from which sequences are computed anew each time they are trained on.</summary>
/// <param name="Clips">In the order of the training part.</param>
/// <param name="Features">How audio becomes time steps.</param>
public sealed record Recordings(IReadOnlyList<AudioClip> Clips, AudioFeatures Features)
{
    /// <summary>The time steps of one recording, changed at random.</summary>
    /// <param name="example">Which.</param>
    /// <param name="augmentation">How much.</param>
    /// <param name="random">Where every number is drawn.</param>
    /// <returns>[T, width], T 1 or more.</returns>
    public float[] Draw(int example, AudioAugmentation augmentation, RandomSource random)
    {
        AudioClip clip = Clips[example];
        float[] samples = new AudioAugmenter(augmentation, clip.SampleRate).Apply(clip.Samples.Span, random);

        // A recording that was made shorter than a frame is trained on as it is.
        float[] steps = Features.Of(new AudioClip(samples, clip.SampleRate));
        return steps.Length > 0 ? steps : Features.Of(clip);
    }
}
