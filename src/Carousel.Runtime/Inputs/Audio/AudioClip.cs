namespace Carousel.Runtime.Inputs.Audio;

/// <summary>A piece of audio in memory: one channel, −1 … 1.</summary>
/// <param name="Samples">[N]; floating-point files may go beyond −1 … 1.</param>
/// <param name="SampleRate">Samples per second.</param>
public sealed record AudioClip(ReadOnlyMemory<float> Samples, int SampleRate)
{
    /// <summary>Length in seconds.</summary>
    public double Seconds => (double)Samples.Length / SampleRate;

    /// <summary>The same audio at another sample rate; itself when the rate is the same.</summary>
    /// <param name="sampleRate">Samples per second wanted; above 0.</param>
    public AudioClip AtRate(int sampleRate) =>
        sampleRate == SampleRate ? this : new AudioClip(Resampler.Resample(Samples.Span, SampleRate, sampleRate), sampleRate);
}
