using System.Buffers.Binary;
using System.Text;

namespace Carousel.Runtime.Tests.Inputs.Audio;

/// <summary>Builds WAVE files byte by byte, sound ones and broken ones.</summary>
internal static class WaveBytes
{
    public const int Pcm = 1, Float = 3, Extensible = 0xFFFE;

    /// <summary>A whole file of these chunks.</summary>
    public static byte[] File(params byte[][] chunks) => [.. "RIFF"u8, .. UInt32(4 + chunks.Sum(chunk => chunk.Length)), .. "WAVE"u8, .. chunks.SelectMany(chunk => chunk)];

    /// <summary>A chunk, filled to an even length.</summary>
    public static byte[] Chunk(string id, byte[] content, uint? length = null) =>
        [.. Encoding.ASCII.GetBytes(id), .. UInt32(length ?? (uint)content.Length), .. content, .. content.Length % 2 == 0 ? Array.Empty<byte>() : [0]];

    /// <summary>A 'fmt ' chunk.</summary>
    public static byte[] Format(int tag, int channels, int rate, int bits, int? frameBytes = null)
    {
        int frame = frameBytes ?? channels * bits / 8;
        byte[] basic = [.. UInt16(tag), .. UInt16(channels), .. UInt32(rate), .. UInt32((long)rate * frame), .. UInt16(frame), .. UInt16(bits)];
        return Chunk("fmt ", basic);
    }

    /// <summary>A 'fmt ' chunk of WAVE_FORMAT_EXTENSIBLE.</summary>
    public static byte[] ExtensibleFormat(int tag, int channels, int rate, int bits)
    {
        byte[] basic = Format(Extensible, channels, rate, bits)[8..];
        byte[] rest = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];
        return Chunk("fmt ", [.. basic, .. UInt16(22), .. UInt16(bits), .. UInt32(0), .. UInt16(tag), .. rest]);
    }

    /// <summary>A 'data' chunk.</summary>
    public static byte[] Data(byte[] content, uint? length = null) => Chunk("data", content, length);

    public static byte[] UInt16(long value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return bytes;
    }

    public static byte[] UInt32(long value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value);
        return bytes;
    }
}
