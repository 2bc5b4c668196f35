namespace Carousel.Tests;

/// <summary>Writes recordings for tests.</summary>
internal static class WaveWriter
{
    /// <summary>Writes a WAVE file of one channel and 16 bits; folders are made.</summary>
    /// <param name="path">The file.</param>
    /// <param name="samples">−1 … 1.</param>
    /// <param name="rate">Samples per second.</param>
    public static void Write(string path, IReadOnlyList<float> samples, int rate)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("RIFF"u8);
        writer.Write(36 + (2 * samples.Count));
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(rate);
        writer.Write(2 * rate);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * samples.Count);
        foreach (float sample in samples)
        {
            writer.Write((short)Math.Clamp(sample * 32768f, short.MinValue, short.MaxValue));
        }
    }
}
