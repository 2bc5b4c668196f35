using System.Buffers.Binary;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>
/// Reads RIFF WAVE: PCM of 8, 16, 24 and 32 bits, floating point of 32 and 64, also as WAVE_FORMAT_EXTENSIBLE; several channels are mixed down to their mean.
/// </summary>
/// <remarks>
/// Files are not trusted: a header that contradicts itself or the length of the file is refused with what was found. A data chunk of unknown length (0xFFFFFFFF, or 0 and
/// last, as programs write that cannot go back in a pipe) reaches to the end of the file.
/// </remarks>
public static class WaveFile
{
    /// <summary>Lowest sample rate read, in hertz.</summary>
    public const int LowestRate = 1_000;

    /// <summary>Highest sample rate read, in hertz.</summary>
    public const int HighestRate = 768_000;

    private const int MostChannels = 64;
    private const ushort Pcm = 1, Float = 3, Extensible = 0xFFFE;
    private const uint UnknownLength = uint.MaxValue;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="AudioFileException">The file is missing, too large, damaged, or of a format that is not read.</exception>
    public static AudioClip Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            throw new AudioFileException(name, $"no such file: {path}");
        }

        return new FileInfo(path).Length <= Array.MaxLength
            ? Parse(File.ReadAllBytes(path), name)
            : throw new AudioFileException(name, $"is larger than {Array.MaxLength} bytes, which is the most that is read at once; cut it into several files");
    }

    /// <summary>Reads a file from memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="AudioFileException">As <see cref="Load"/>.</exception>
    public static AudioClip Parse(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length < 12 || !bytes[..4].SequenceEqual("RIFF"u8) || !bytes[8..12].SequenceEqual("WAVE"u8))
        {
            throw new AudioFileException(name, $"{Opening(bytes)}, expected a WAVE file (RIFF … WAVE); convert it with ffmpeg or sox");
        }

        SampleFormat? format = null;
        for (int at = 12; at + 8 <= bytes.Length;)
        {
            ReadOnlySpan<byte> id = bytes.Slice(at, 4);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            at += 8;
            int left = bytes.Length - at;
            if (id.SequenceEqual("data"u8))
            {
                SampleFormat known = format ?? throw new AudioFileException(name, "has its data before its format ('fmt ' chunk), or no format at all");
                return new AudioClip(known.Read(bytes.Slice(at, DataLength(length, left, known, name)), name), known.SampleRate);
            }

            if (length > left)
            {
                throw new AudioFileException(name, $"chunk '{Printable(id)}' at byte {at - 8} says {length} bytes, but {left} are left: the file is cut off or damaged");
            }

            if (id.SequenceEqual("fmt "u8))
            {
                format = ReadFormat(bytes.Slice(at, (int)length), name);
            }

            // Chunks begin at even bytes; the filling is not counted in their length.
            at += (int)Math.Min(length + (length & 1), left);
        }

        throw new AudioFileException(name, format is null ? "has no format ('fmt ' chunk) and no data" : "has no data ('data' chunk): the file is cut off or damaged");
    }

    private static int DataLength(uint length, int left, SampleFormat format, string name)
    {
        if (length == UnknownLength || (length == 0 && left >= format.FrameBytes))
        {
            return left - (left % format.FrameBytes);
        }

        if (length > left)
        {
            throw new AudioFileException(name, $"its data should be {length} bytes ({length / (double)format.BytesPerSecond:F2} s), but {left} are left: the file is cut off");
        }

        return length % format.FrameBytes == 0
            ? (int)length
            : throw new AudioFileException(name, $"its data are {length} bytes, expected a multiple of {format.FrameBytes}: {format.Channels} channels of {8 * format.SampleBytes} bits");
    }

    private static SampleFormat ReadFormat(ReadOnlySpan<byte> chunk, string name)
    {
        if (chunk.Length < 16)
        {
            throw new AudioFileException(name, $"its format ('fmt ' chunk) is {chunk.Length} bytes long, expected 16 or more");
        }

        int tag = Word(chunk, 0), channels = Word(chunk, 2), frameBytes = Word(chunk, 12), bits = Word(chunk, 14);
        uint rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        if (tag == Extensible)
        {
            // The first two bytes of the sub-format say what the tag says elsewhere; the others are always the same.
            ReadOnlySpan<byte> rest = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];
            if (chunk.Length < 40 || !chunk[26..40].SequenceEqual(rest))
            {
                throw new AudioFileException(name, $"is WAVE_FORMAT_EXTENSIBLE of an unknown sub-format ('fmt ' chunk of {chunk.Length} bytes); convert it to 16-bit PCM");
            }

            tag = Word(chunk, 24);
        }

        bool isKnown = (tag, bits) is (Pcm, 8 or 16 or 24 or 32) or (Float, 32 or 64);
        if (!isKnown)
        {
            throw new AudioFileException(name, $"holds {TagName(tag)} of {bits} bits, expected PCM of 8, 16, 24 or 32 bits or floating point of 32 or 64; convert it to 16-bit PCM");
        }

        if (channels is < 1 or > MostChannels)
        {
            throw new AudioFileException(name, $"has {channels} channels, expected 1 … {MostChannels}");
        }

        if (rate is < LowestRate or > HighestRate)
        {
            throw new AudioFileException(name, $"has {rate} samples per second, expected {LowestRate:N0} … {HighestRate:N0}: the header is damaged");
        }

        return frameBytes == channels * bits / 8
            ? new SampleFormat(tag == Float, bits / 8, channels, (int)rate)
            : throw new AudioFileException(name, $"says {frameBytes} bytes for one moment of all channels, expected {channels * bits / 8}: {channels} channels of {bits} bits");
    }

    private static int Word(ReadOnlySpan<byte> chunk, int at) => BinaryPrimitives.ReadUInt16LittleEndian(chunk[at..]);

    private static string TagName(int tag) => tag switch
    {
        Pcm => "PCM",
        Float => "floating point",
        2 or 17 => "ADPCM",
        6 => "A-law",
        7 => "µ-law",
        85 => "MP3",
        _ => $"format {tag}",
    };

    private static string Opening(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => "is empty",
        < 12 => $"is {bytes.Length} bytes long",
        _ when bytes[..4].SequenceEqual("RF64"u8) || bytes[..4].SequenceEqual("RIFX"u8) => $"begins with '{Printable(bytes[..4])}', a form of WAVE that is not read",
        _ => $"begins with '{Printable(bytes[..4])}'",
    };

    private static string Printable(ReadOnlySpan<byte> id) => string.Concat(id.ToArray().Select(letter => letter is >= 0x20 and < 0x7F ? (char)letter : '?'));
}
