using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Runtime.Tests.Inputs.Audio;

public sealed class WaveFileTests
{
    private static readonly byte[] Mono16 = WaveBytes.Format(WaveBytes.Pcm, 1, 8000, 16);

    [Fact]
    public void Parse_every_sample_format_reads_the_same_values()
    {
        double[] values = [0, 0.5, -0.5, -1, 0.25];
        byte[] bits8 = [.. values.Select(value => (byte)((value * 128) + 128))];
        byte[] bits16 = [.. values.SelectMany(value => BitConverter.GetBytes((short)(value * 32768)))];
        byte[] bits24 = [.. values.SelectMany(value => BitConverter.GetBytes((int)(value * 8388608)).Take(3))];
        byte[] bits32 = [.. values.SelectMany(value => BitConverter.GetBytes((int)(value * 2147483648)))];
        byte[] single = [.. values.SelectMany(value => BitConverter.GetBytes((float)value))];
        byte[] twice = [.. values.SelectMany(BitConverter.GetBytes)];
        (int Tag, int Bits, byte[] Data)[] formats =
        [
            (WaveBytes.Pcm, 8, bits8), (WaveBytes.Pcm, 16, bits16), (WaveBytes.Pcm, 24, bits24), (WaveBytes.Pcm, 32, bits32), (WaveBytes.Float, 32, single), (WaveBytes.Float, 64, twice),
        ];
        foreach ((int tag, int bits, byte[] data) in formats)
        {
            foreach (byte[] format in new[] { WaveBytes.Format(tag, 1, 11025, bits), WaveBytes.ExtensibleFormat(tag, 1, 11025, bits) })
            {
                AudioClip clip = WaveFile.Parse(WaveBytes.File(format, WaveBytes.Data(data)), "test.wav");
                Assert.Equal(11025, clip.SampleRate);
                Assert.Equal(values.Select(value => (float)value), clip.Samples.ToArray());
            }
        }
    }

    [Fact]
    public void Parse_several_channels_gives_their_mean()
    {
        byte[] data = [.. new short[] { 16384, 0, -32768, 32766 }.SelectMany(BitConverter.GetBytes)];
        AudioClip clip = WaveFile.Parse(WaveBytes.File(WaveBytes.Format(WaveBytes.Pcm, 2, 8000, 16), WaveBytes.Data(data)), "test.wav");
        Assert.Equal([0.25f, -1 / 32768f], clip.Samples.ToArray());
    }

    [Fact]
    public void Parse_chunks_of_odd_length_before_the_data_are_passed_over()
    {
        byte[] file = WaveBytes.File(WaveBytes.Chunk("LIST", [1, 2, 3]), Mono16, WaveBytes.Chunk("odd ", [9]), WaveBytes.Data([0, 64]), WaveBytes.Chunk("id3 ", [7]));
        Assert.Equal([0.5f], WaveFile.Parse(file, "test.wav").Samples.ToArray());
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0u)]
    public void Parse_data_of_unknown_length_reach_to_the_end(uint length)
    {
        // The last byte is half a sample: the program was stopped while it wrote.
        byte[] file = WaveBytes.File(Mono16, WaveBytes.Data([0, 64, 0, 192], length), [5]);
        Assert.Equal([0.5f, -0.5f], WaveFile.Parse(file, "test.wav").Samples.ToArray());
    }

    [Fact]
    public void Parse_empty_audio_gives_no_samples()
    {
        AudioClip clip = WaveFile.Parse(WaveBytes.File(Mono16, WaveBytes.Data([])), "test.wav");
        Assert.Equal(0, clip.Samples.Length);
        Assert.Equal(0, clip.Seconds);
    }

    [Fact]
    public void Parse_broken_file_says_what_was_found()
    {
        byte[] data = WaveBytes.Data([1, 2, 3, 4]);
        (string Expected, byte[] File)[] broken =
        [
            ("is empty", []),
            ("is 5 bytes long", [.. "RIFF"u8, 1]),
            ("begins with 'ID3?'", [.. "ID3\u0003"u8, .. new byte[20]]),
            ("begins with 'RF64', a form of WAVE that is not read", [.. "RF64"u8, .. new byte[20]]),
            ("begins with 'RIFF'", [.. "RIFF"u8, .. WaveBytes.UInt32(4), .. "AVI "u8]),
            ("has no format ('fmt ' chunk) and no data", WaveBytes.File()),
            ("has no data ('data' chunk)", WaveBytes.File(Mono16)),
            ("has its data before its format", WaveBytes.File(data, Mono16)),
            ("its format ('fmt ' chunk) is 2 bytes long", WaveBytes.File(WaveBytes.Chunk("fmt ", [1, 0]), data)),
            ("chunk 'LIST' at byte 12 says 4294967294 bytes, but 3 are left", [.. WaveBytes.File(WaveBytes.Chunk("LIST", [1, 2, 3], uint.MaxValue - 1))[..^1]]),
            ("its data should be 100 bytes (0.01 s), but 4 are left", WaveBytes.File(Mono16, WaveBytes.Data([1, 2, 3, 4], 100))),
            ("its data are 3 bytes, expected a multiple of 2", WaveBytes.File(Mono16, WaveBytes.Data([1, 2, 3]))),
            ("holds A-law of 8 bits", WaveBytes.File(WaveBytes.Format(6, 1, 8000, 8), data)),
            ("holds PCM of 12 bits", WaveBytes.File(WaveBytes.Format(WaveBytes.Pcm, 1, 8000, 12), data)),
            ("holds floating point of 16 bits", WaveBytes.File(WaveBytes.Format(WaveBytes.Float, 1, 8000, 16), data)),
            ("holds ADPCM of 4 bits", WaveBytes.File(WaveBytes.Format(2, 1, 8000, 4), data)),
            ("is WAVE_FORMAT_EXTENSIBLE of an unknown sub-format", WaveBytes.File(WaveBytes.Format(WaveBytes.Extensible, 1, 8000, 16), data)),
            ("has 0 channels", WaveBytes.File(WaveBytes.Format(WaveBytes.Pcm, 0, 8000, 16), data)),
            ("has 65535 channels", WaveBytes.File(WaveBytes.Format(WaveBytes.Pcm, 65535, 8000, 16), data)),
            ("has 0 samples per second", WaveBytes.File(WaveBytes.Format(WaveBytes.Pcm, 1, 0, 16), data)),
            ("has 4294967295 samples per second", WaveBytes.File(WaveBytes.Format(WaveBytes.Pcm, 1, -1, 16), data)),
            ("says 3 bytes for one moment of all channels, expected 2", WaveBytes.File(WaveBytes.Format(WaveBytes.Pcm, 1, 8000, 16, 3), data)),
            ("sample 1 is NaN", WaveBytes.File(WaveBytes.Format(WaveBytes.Float, 1, 8000, 32), WaveBytes.Data([0, 0, 0, 0, .. BitConverter.GetBytes(float.NaN)]))),
            ("sample 0 is Infinity", WaveBytes.File(WaveBytes.Format(WaveBytes.Float, 1, 8000, 64), WaveBytes.Data(BitConverter.GetBytes(1e300)))),
        ];
        foreach ((string expected, byte[] file) in broken)
        {
            AudioFileException refused = Assert.Throws<AudioFileException>(() => WaveFile.Parse(file, "test.wav"));
            Assert.StartsWith($"test.wav: {expected}", refused.Message, StringComparison.Ordinal);
            Assert.Equal("test.wav", refused.File);
        }
    }

    [Fact]
    public void Parse_any_cut_and_any_changed_byte_gives_a_clip_or_a_clear_error()
    {
        byte[] whole = WaveBytes.File(WaveBytes.ExtensibleFormat(WaveBytes.Pcm, 2, 8000, 24), WaveBytes.Chunk("LIST", [1, 2, 3]), WaveBytes.Data(new byte[60]));
        var random = new Random(1);
        for (int at = 0; at < whole.Length; at++)
        {
            Try(whole[..at]);
            for (int change = 0; change < 8; change++)
            {
                byte[] changed = [.. whole];
                changed[at] = (byte)random.Next(256);
                Try(changed);
            }
        }

        static void Try(byte[] file)
        {
            try
            {
                Assert.InRange(WaveFile.Parse(file, "test.wav").Samples.Length, 0, file.Length);
            }
            catch (AudioFileException)
            {
                // A clear error is as good as a clip.
            }
        }
    }

    [Fact]
    public void Load_missing_file_is_refused()
    {
        AudioFileException refused = Assert.Throws<AudioFileException>(() => WaveFile.Load(Path.Combine(Path.GetTempPath(), "there-is-no.wav")));
        Assert.StartsWith("there-is-no.wav: no such file", refused.Message, StringComparison.Ordinal);
    }
}
