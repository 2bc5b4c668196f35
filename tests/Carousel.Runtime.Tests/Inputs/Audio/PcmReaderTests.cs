using Carousel.Runtime.Inputs.Audio;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Inputs.Audio;

public sealed class PcmReaderTests
{
    private static readonly short[] Values = [0, 16384, -32768, 32767, 1, -1, 12345];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(100)]
    public void Read_pipe_that_delivers_parts_of_samples_gives_every_sample(int bytesAtOnce)
    {
        byte[] int16 = [.. Values.SelectMany(BitConverter.GetBytes)], single = [.. Values.SelectMany(value => BitConverter.GetBytes(value / 32768f))];
        float[] expected = [.. Values.Select(value => value / 32768f)];
        Assert.Equal(expected, ReadAll(new PcmReader(new Pipe(int16, bytesAtOnce), "pipe", mostSamples: 2)));
        Assert.Equal(expected, ReadAll(new PcmReader(new Pipe(int16, bytesAtOnce), "pipe")));
        Assert.Equal(expected, ReadAll(new PcmReader(new Pipe(single, bytesAtOnce), "pipe", PcmEncoding.Single)));
    }

    [Fact]
    public void Read_stream_that_ends_within_a_sample_tells_how_many_bytes_are_left()
    {
        var reader = new PcmReader(new Pipe([0, 64, 7], 2), "pipe");
        Assert.Equal([0.5f], ReadAll(reader));
        Assert.Equal(1, reader.BytesLeft);
    }

    [Fact]
    public void Read_number_that_is_not_finite_is_refused()
    {
        byte[] bytes = [.. BitConverter.GetBytes(0.5f), .. BitConverter.GetBytes(float.NaN)];
        AudioFileException refused = Assert.Throws<AudioFileException>(() => ReadAll(new PcmReader(new Pipe(bytes, 4), "pipe", PcmEncoding.Single)));
        Assert.StartsWith("pipe: sample 1 is NaN", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_no_bytes_gives_no_samples() => Assert.Empty(ReadAll(new PcmReader(Stream.Null, "pipe")));

    [Fact]
    public void Read_allocates_nothing()
    {
        var reader = new PcmReader(new MemoryStream(new byte[200_000]), "pipe");
        float[] samples = new float[160];
        reader.Read(samples);
        long mark = Allocations.Mark();
        while (reader.Read(samples) > 0)
        {
        }

        Assert.Equal(0, Allocations.Since(mark));
    }

    private static float[] ReadAll(PcmReader reader)
    {
        var all = new List<float>();
        float[] samples = new float[3];
        for (int count = reader.Read(samples); count > 0; count = reader.Read(samples))
        {
            all.AddRange(samples[..count]);
        }

        return [.. all];
    }

    [Theory]
    [InlineData(PcmEncoding.Int16, 1)]
    [InlineData(PcmEncoding.Single, int.MaxValue)]
    public void A_wave_file_is_no_stream_of_samples(PcmEncoding encoding, int atOnce)
    {
        using var file = new Pipe([.. "RIFF"u8, 36, 0, 0, 0, .. "WAVEfmt "u8], atOnce);
        Assert.Contains("it is a WAVE file, expected samples only", Assert.Throws<AudioFileException>(() => new PcmReader(file, "test", encoding).Read(new float[8])).Message, StringComparison.Ordinal);
        using var like = new Pipe([.. "RIF"u8, 0, .. "RIFF"u8], atOnce);
        Assert.InRange(new PcmReader(like, "test").Read(new float[8]), 1, 4);
    }

    private sealed class Pipe(byte[] bytes, int atOnce) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, atOnce));
    }
}
