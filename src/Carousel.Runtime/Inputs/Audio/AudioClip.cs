namespace Carousel.Runtime.Inputs.Audio;

/// <summary>A piece of audio in memory: one channel, −1 … 1.</summary>
/// <param name="Samples">[N]; floating-point files may go beyond −1 … 1.</param>
/// <param name="SampleRate">Samples per second.</param>
public sealed record AudioClip(ReadOnlyMemory<float> Samples, int SampleRate)
{
    // The highest value of 8 bits is 127/128.
    private const float FullScale = 0.992f;

    /// <summary>Length in seconds.</summary>
    public double Seconds => (double)Samples.Length / SampleRate;

    /// <summary>True when there is no sound in it: every sample is the same, or there is none.</summary>
    public bool IsSilent => Samples.IsEmpty || !Samples.Span.ContainsAnyExcept(Samples.Span[0]);

    /// <summary>Share of the samples that are as loud as can be beside another such one, 0 … 1: where it was recorded too loudly, the tops of its waves are flat.</summary>
    public double ClippedShare
    {
        get
        {
            int clipped = 0;
            bool wasFull = false, wasCounted = false;
            foreach (float sample in Samples.Span)
            {
                bool isFull = Math.Abs(sample) >= FullScale;
                clipped += isFull && wasFull ? (wasCounted ? 1 : 2) : 0;
                (wasCounted, wasFull) = (isFull && wasFull, isFull);
            }

            return clipped == 0 ? 0 : (double)clipped / Samples.Length;
        }
    }

    /// <summary>The same audio at another sample rate; itself when the rate is the same.</summary>
    /// <param name="sampleRate">Samples per second wanted; above 0.</param>
    public AudioClip AtRate(int sampleRate) =>
        sampleRate == SampleRate ? this : new AudioClip(Resampler.Resample(Samples.Span, SampleRate, sampleRate), sampleRate);
}
