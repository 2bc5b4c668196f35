using System.Buffers.Binary;
using System.Text;
using Carousel.Runtime.Models;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Models;

public sealed class SafetensorsFileTests
{
    private static readonly SafetensorsFile Small = new(
        [
            StoredTensor.FromSingles("weight", [2, 3], [1, -2, 3.5f, 4, 5, float.Epsilon]),
            StoredTensor.FromSingles("half", [2], [1, -0.5f], ElementType.F16),
            StoredTensor.FromSingles("brain", [1], [1.5f], ElementType.BF16),
            StoredTensor.FromDoubles("scalar", [], [Math.PI]),
            StoredTensor.FromInt64s("ids", [2, 1], [long.MinValue, 7]),
            StoredTensor.FromUInt64s("random", [1], [ulong.MaxValue]),
            new StoredTensor("i32", ElementType.I32, [1], new byte[] { 1, 0, 0, 0 }),
            new StoredTensor("i8", ElementType.I8, [3], new byte[] { 255, 0, 1 }),
            new StoredTensor("u8", ElementType.U8, [0, 4], Array.Empty<byte>()),
            new StoredTensor("mask", ElementType.Bool, [2], new byte[] { 0, 1 }),
        ],
        new Dictionary<string, string> { ["zeta"] = "last", ["alpha"] = "Γειά \"σου\"\n" });

    [Fact]
    public void Read_of_written_file_gives_the_same_content()
    {
        SafetensorsFile read = Read(Bytes(Small));
        AssertSame(Small, read);
        Assert.Equal([1, -2, 3.5f, 4, 5, float.Epsilon], read["weight"].ToSingles());
        Assert.Equal([1, -0.5f], read["half"].ToSingles());
        Assert.Equal([1.5f], read["brain"].ToSingles());
        Assert.Equal([Math.PI], read["scalar"].ToDoubles());
        Assert.Equal([long.MinValue, 7], read["ids"].ToInt64s());
        Assert.Equal([ulong.MaxValue], read["random"].ToUInt64s());
        Assert.Throws<InvalidOperationException>(() => read["ids"].ToSingles());
        Assert.Contains("did you mean 'weight'", Assert.Throws<KeyNotFoundException>(() => read["weigth"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_of_same_content_in_another_order_gives_the_same_bytes()
    {
        var reversed = new SafetensorsFile(Small.Tensors.Reverse(), Small.Metadata.Reverse());
        Assert.Equal(Bytes(Small), Bytes(reversed));
        Assert.Equal(Bytes(Small), Bytes(Read(Bytes(Small))));
    }

    [Fact]
    public void Write_starts_data_at_a_multiple_of_64_bytes()
    {
        for (int length = 1; length <= 70; length++)
        {
            byte[] bytes = Bytes(new SafetensorsFile([StoredTensor.FromSingles(new string('n', length), [1], [1])]));
            Assert.Equal(4, bytes.Length % 64);
            Assert.Equal(0UL, (BinaryPrimitives.ReadUInt64LittleEndian(bytes) + 8) % 64);
        }
    }

    [Fact]
    public void Read_of_stream_that_cannot_seek_gives_the_same_content()
    {
        using var compressed = new MemoryStream();
        using (var zip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            Small.Write(zip);
        }

        compressed.Position = 0;
        using var unzip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionMode.Decompress);
        AssertSame(Small, SafetensorsFile.Read(unzip, "stream"));
    }

    [Fact]
    public void Read_of_file_truncated_anywhere_is_refused()
    {
        byte[] bytes = Bytes(Small);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<ModelFileException>(() => Read(bytes[..length]));
        }

        Assert.Throws<ModelFileException>(() => Read([.. bytes, 0]));
    }

    [Fact]
    public void Read_of_file_with_any_bit_flipped_is_refused_or_another_sound_file()
    {
        byte[] bytes = Bytes(Small);
        int refused = 0;
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Read(flipped);
            }
            catch (ModelFileException)
            {
                refused++;
            }
        }

        Assert.True(refused > bytes.Length * 4, $"only {refused} of {bytes.Length * 8} were refused");
    }

    [Fact]
    public void VerifyChecksum_of_file_with_any_bit_flipped_refuses_it()
    {
        byte[] bytes = Bytes(Small.WithChecksum());
        Read(bytes).VerifyChecksum("whole");
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                SafetensorsFile read = Read(flipped);
                read.VerifyChecksum("flipped");

                // Only a flip that hides the checksum itself gets here: a reader that asks for the key sees it.
                Assert.DoesNotContain(SafetensorsFile.ChecksumKey, read.Metadata.Keys);
            }
            catch (ModelFileException)
            {
            }
        }
    }

    private const string Weight = """ "w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]} """;

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}""", "tensor 'w': stands twice in the header")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "header has '__metadata__' twice")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", "header has '__metadata__.a' twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", "header holds 1, expected a text under '__metadata__.a'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", "tensor 'w': has an unknown or repeated key 'shape'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}}""", "tensor 'w': has an unknown or repeated key 'extra'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2]}}""", "tensor 'w': header entry is incomplete")]
    [InlineData("""{"w":{"dtype":"F8","shape":[2],"data_offsets":[0,8]}}""", "tensor 'w': dtype is 'F8', expected one of F64")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "tensor 'w': F32 [3] takes 12 bytes, found 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "tensor 'w': axis 0 of the shape is -2")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "tensor 'w': axis 0 of the shape is 2.5")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967298],"data_offsets":[0,8]}}""", "tensor 'w': axis 0 of the shape is 4294967298")]
    [InlineData("""{"w":{"dtype":"F32","shape":[65536,65536,65536,65536,2],"data_offsets":[0,8]}}""", "tensor 'w': F32 [65536, 65536, 65536, 65536, 2] takes more than 64 bits can count bytes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", "tensor 'w': shape has more than 32 axes")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "tensor 'w': data_offsets are 8 and 0")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "tensor 'w': data_offsets hold -8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "tensor 'w': data_offsets hold 99999999999999999999")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "tensor 'w': header holds 8, expected two numbers")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor 'w': data_offsets 4 … 8 leave a gap")]
    [InlineData("""{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor 'w': data_offsets 4 … 8 overlap")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "tensor 'w': is truncated")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2000000000],"data_offsets":[0,8000000000]}}""", "tensor 'w': is truncated: data_offsets end at 8000000000, found 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "has 8 bytes of data, expected 4")]
    [InlineData("""{}""", "has 8 bytes of data, expected 0")]
    [InlineData("""[]""", "its header does not start with '{'")]
    [InlineData("""{"w":{"dtype":"F32" """, "header is not valid JSON")]
    [InlineData("""{} {}""", "header is not valid JSON")]
    [InlineData("""{"\ud800":1}""", "header is not valid JSON")]
    [InlineData("""{"w":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[""", "tensor 'w': header holds a list, expected an object")]
    public void Read_of_wrong_header_names_what_is_wrong(string header, string expected)
    {
        ModelFileException refused = Assert.Throws<ModelFileException>(() => Read(WithHeader(Encoding.UTF8.GetBytes(header), new byte[8])));
        Assert.Contains(expected, refused.Message.Replace(", tensor", ": tensor", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("test", refused.Path);
    }

    [Fact]
    public void Read_of_header_that_is_no_utf8_says_so() =>
        Assert.Contains("UTF-8", Assert.Throws<ModelFileException>(() => Read(WithHeader([.. "{\""u8, 0xFF, .. "\":1}"u8], []))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    [InlineData(100_000_001UL)]
    [InlineData(99_000_000UL)]
    [InlineData(0UL)]
    public void Read_of_absurd_header_length_is_refused_without_allocating(ulong length)
    {
        byte[] bytes = WithHeader(Encoding.UTF8.GetBytes($"{{{Weight}}}"), new byte[8]);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        AssertFrugal(bytes);
    }

    [Fact]
    public void Read_of_hostile_headers_allocates_no_more_than_the_file_justifies()
    {
        // Claims of gigabytes, and headers of as many parts as fit.
        string claims = string.Join(",", Enumerable.Range(0, 1000).Select(i => $$"""
            "{{i}}":{"dtype":"F64","shape":[250000000],"data_offsets":[{{i * 2000000000L}},{{(i + 1) * 2000000000L}}]}
            """));
        AssertFrugal(WithHeader(Encoding.UTF8.GetBytes($"{{{claims}}}"), new byte[8]));
        AssertFrugal(WithHeader(Encoding.UTF8.GetBytes($"{{\"w\":{new string('[', 1_000_000)}"), []));
        string parts = string.Join(",", Enumerable.Range(0, 20_000).Select(i => $$""" "{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"""));
        AssertFrugal(WithHeader(Encoding.UTF8.GetBytes($"{{{parts},\"x\":1}}"), []));
    }

    [Fact]
    public void Read_of_more_tensors_than_any_model_has_is_refused()
    {
        string parts = string.Join(",", Enumerable.Range(0, (1 << 16) + 1).Select(i => $$""" "{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"""));
        byte[] bytes = WithHeader(Encoding.UTF8.GetBytes($"{{{parts}}}"), []);
        Assert.Contains("more than 65536 tensors", Assert.Throws<ModelFileException>(() => Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_of_what_is_no_file_says_so()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("there is no such file", Assert.Throws<ModelFileException>(() => SafetensorsFile.Load(folder["absent"])).Message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", Assert.Throws<ModelFileException>(() => SafetensorsFile.Load(folder["absent/file"])).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<ModelFileException>(() => SafetensorsFile.Load(folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(folder["empty"], []);
        Assert.Contains("is truncated: 0 bytes", Assert.Throws<ModelFileException>(() => SafetensorsFile.Load(folder["empty"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_refuses_what_cannot_be_written()
    {
        Assert.Throws<ArgumentException>(() => new SafetensorsFile([.. Small.Tensors, Small.Tensors[0]]));
        Assert.Throws<ArgumentException>(() => StoredTensor.FromSingles("w", [3], [1, 2]));
        Assert.Throws<ArgumentException>(() => StoredTensor.FromSingles("w", [-1, -2], [1, 2]));
        Assert.Throws<ArgumentException>(() => StoredTensor.FromSingles("__metadata__", [1], [1]));
        Assert.Throws<ArgumentException>(() => StoredTensor.FromSingles("w", [1], [1], ElementType.I32));
    }

    [Theory]
    [InlineData(1.00390625f, 1.0f)] // exactly between two numbers: the even one
    [InlineData(1.01171875f, 1.015625f)]
    [InlineData(1.005f, 1.0078125f)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void FromSingles_as_bf16_rounds_to_nearest_even(float value, float stored) =>
        Assert.Equal([stored], StoredTensor.FromSingles("w", [1], [value], ElementType.BF16).ToSingles());

    [Theory]
    [InlineData(ElementType.F64)]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void FirstNonFinite_finds_nan_and_both_infinities(ElementType type)
    {
        foreach (float value in new[] { float.NaN, -float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            Assert.Equal(2, StoredTensor.FromSingles("w", [3], [1, -60000, value], type).FirstNonFinite());
        }

        Assert.Equal(-1, StoredTensor.FromSingles("w", [3], [0, -60000, 6e-5f], type).FirstNonFinite());
    }

    private static byte[] Bytes(SafetensorsFile file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    private static SafetensorsFile Read(byte[] bytes) => SafetensorsFile.Read(new MemoryStream(bytes), "test");

    private static byte[] WithHeader(byte[] header, byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        return [.. length, .. header, .. data];
    }

    private static void AssertSame(SafetensorsFile expected, SafetensorsFile actual)
    {
        Assert.Equal(expected.Metadata, actual.Metadata);
        Assert.Equal(expected.Tensors.Select(tensor => tensor.ToString()), actual.Tensors.Select(tensor => tensor.ToString()));
        Assert.All(expected.Tensors, tensor => Assert.Equal(tensor.Bytes.ToArray(), actual[tensor.Name].Bytes.ToArray()));
    }

    /// <summary>Refused, and at most four times the file (and a constant for the message) allocated on the way.</summary>
    private static void AssertFrugal(byte[] bytes)
    {
        Assert.Throws<ModelFileException>(() => Read(bytes));
        long mark = Allocations.Mark();
        Assert.Throws<ModelFileException>(() => Read(bytes));
        long allocated = Allocations.Since(mark);
        Assert.True(allocated <= (4L * bytes.Length) + 100_000, $"{allocated} bytes allocated for a file of {bytes.Length}");
    }
}
