using System.Buffers.Binary;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>How samples stand in a file, little-endian, channels side by side.</summary>
/// <param name="IsFloat">True for floating point, false for whole numbers: unsigned with 8 bits, else signed.</param>
/// <param name="SampleBytes">Bytes of one sample of one channel.</param>
/// <param name="Channels">1 or more.</param>
/// <param name="SampleRate">Samples per second of each channel.</param>
internal sealed record SampleFormat(bool IsFloat, int SampleBytes, int Channels, int SampleRate)
{
    /// <summary>Bytes of one moment of all channels.</summary>
    public int FrameBytes => SampleBytes * Channels;

    /// <summary>Bytes of one second.</summary>
    public long BytesPerSecond => (long)FrameBytes * SampleRate;

    /// <summary>The mean of the channels, moment after moment.</summary>
    /// <param name="bytes">Whole moments.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="AudioFileException">A sample is not finite.</exception>
    public float[] Read(ReadOnlySpan<byte> bytes, string name)
    {
        float[] samples = new float[bytes.Length / FrameBytes];
        for (int moment = 0; moment < samples.Length; moment++)
        {
            double sum = 0;
            for (int channel = 0; channel < Channels; channel++)
            {
                sum += Sample(bytes[((moment * FrameBytes) + (channel * SampleBytes))..]);
            }

            float mean = (float)(sum / Channels);
            samples[moment] = float.IsFinite(mean) ? mean : throw new AudioFileException(name, $"sample {moment} is {mean}, expected finite numbers");
        }

        return samples;
    }

    private double Sample(ReadOnlySpan<byte> bytes) => (IsFloat, SampleBytes) switch
    {
        (true, 4) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (true, _) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        (_, 1) => (bytes[0] - 128) / 128.0,
        (_, 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768.0,
        (_, 3) => (bytes[0] | (bytes[1] << 8) | ((sbyte)bytes[2] << 16)) / 8388608.0,
        _ => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648.0,
    };
}
