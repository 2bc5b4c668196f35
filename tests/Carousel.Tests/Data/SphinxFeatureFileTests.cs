using System.Buffers.Binary;
using Carousel.Data;

namespace Carousel.Tests.Data;

public sealed class SphinxFeatureFileTests
{
    [Fact]
    public void Parse_reads_frames_of_big_endian_numbers() => Assert.Equal([1, -2.5f, 3, 4], SphinxFeatureFile.Parse(Bytes(4, 1, -2.5f, 3, 4), "a.mfc", 2));

    [Fact]
    public void Parse_no_frames_gives_no_values() => Assert.Empty(SphinxFeatureFile.Parse(Bytes(0), "a.mfc", 13));

    [Fact]
    public void Parse_broken_file_says_what_was_found()
    {
        (string Expected, byte[] File, int Width)[] broken =
        [
            ("is 3 bytes long", [0, 0, 1], 1),
            ("says 3 values and holds 8 bytes of them; it is cut off", Bytes(3, 1, 2), 1),
            ("says 2 values and holds 7 bytes of them", Bytes(2, 1, 2)[..^1], 1),
            ("says 33554432 values and holds 8 bytes of them; it is little-endian", Bytes(2 << 24, 1, 2), 1),
            ("says -1 values", Bytes(-1), 1),
            ("holds 4 values, expected whole frames of 3", Bytes(4, 1, 2, 3, 4), 3),
            ("value 1 of frame 1 is NaN", Bytes(4, 1, 2, 3, float.NaN), 2),
        ];
        foreach ((string expected, byte[] file, int width) in broken)
        {
            Assert.StartsWith($"a.mfc: {expected}", Assert.Throws<DataFileException>(() => SphinxFeatureFile.Parse(file, "a.mfc", width)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_utterance_of_an4_has_the_published_shape()
    {
        string folder = Path.GetDirectoryName(SharedFolder.DataFile("an4-mfcc/etc/an4_test.fileids"))!;
        string first = File.ReadLines(Path.Combine(folder, "an4_test.fileids")).First();
        float[] frames = SphinxFeatureFile.Read(Path.Combine(folder, "..", "feat", $"{first}.mfc"), 13);
        Assert.InRange(frames.Length / 13, 69, 639);
        Assert.Throws<DataFileException>(() => SphinxFeatureFile.Read(Path.Combine(folder, "none.mfc"), 13));
    }

    private static byte[] Bytes(int count, params float[] values)
    {
        byte[] bytes = new byte[4 + (4 * values.Length)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, count);
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleBigEndian(bytes.AsSpan(4 + (4 * i)), values[i]);
        }

        return bytes;
    }
}
