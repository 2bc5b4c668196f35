using System.Buffers.Binary;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>Raw PCM of one channel from a stream, while it arrives: a microphone's or ffmpeg's pipe. Reading allocates nothing. For one thread at a time.</summary>
public sealed class PcmReader
{
    private readonly Stream _stream;
    private readonly string _name;
    private readonly PcmEncoding _encoding;
    private readonly byte[] _bytes;
    private int _held;
    private long _taken;

    /// <summary>Reads from the stream's present position.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="encoding">How a sample is written.</param>
    /// <param name="mostSamples">Most samples one call gives, 1 or more.</param>
    public PcmReader(Stream stream, string name, PcmEncoding encoding = PcmEncoding.Int16, int mostSamples = 4096)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(mostSamples, 1);
        (_stream, _name, _encoding) = (stream, name, encoding);
        _bytes = new byte[checked(mostSamples * SampleBytes)];
    }

    /// <summary>Bytes that were left over at the end of the stream: fewer than a sample has.</summary>
    public int BytesLeft => _held;

    private static ReadOnlySpan<byte> Riff => "RIFF"u8;

    private int SampleBytes => _encoding == PcmEncoding.Int16 ? sizeof(short) : sizeof(float);

    /// <summary>Waits for the next samples.</summary>
    /// <param name="samples">Receives them, −1 … 1; 1 or more.</param>
    /// <returns>How many there were; 0 at the end of the stream.</returns>
    /// <exception cref="AudioFileException">A sample is not finite, or the stream is a WAVE file.</exception>
    public int Read(Span<float> samples)
    {
        ArgumentOutOfRangeException.ThrowIfZero(samples.Length);
        int most = Math.Min(_bytes.Length, samples.Length * SampleBytes);
        if (!Fill(SampleBytes, most) || (_taken == 0 && Fill(Math.Min(Riff.Length, most), most) && _bytes.AsSpan(0, _held).StartsWith(Riff)))
        {
            return _held < SampleBytes ? 0 : throw new AudioFileException(_name, "begins with 'RIFF': it is a WAVE file, expected samples only; give the file by its name, or take its header off (ffmpeg -i FILE -ac 1 -f s16le -)");
        }

        int count = Math.Min(_held / SampleBytes, samples.Length);
        Span<byte> bytes = _bytes.AsSpan(0, count * SampleBytes);
        Decode(bytes, samples);
        _bytes.AsSpan(bytes.Length, _held - bytes.Length).CopyTo(_bytes);
        _held -= bytes.Length;
        _taken += count;
        return count;
    }

    // Waits until so many bytes are there; false when the stream ends before.
    private bool Fill(int least, int most)
    {
        while (_held < least)
        {
            int arrived = _stream.Read(_bytes, _held, most - _held);
            if (arrived == 0)
            {
                return false;
            }

            _held += arrived;
        }

        return true;
    }

    private void Decode(ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        for (int i = 0; _encoding == PcmEncoding.Int16 && i * sizeof(short) < bytes.Length; i++)
        {
            samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * sizeof(short))..]) / 32768f;
        }

        for (int i = 0; _encoding == PcmEncoding.Single && i * sizeof(float) < bytes.Length; i++)
        {
            float value = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            samples[i] = float.IsFinite(value) ? value : throw new AudioFileException(_name, $"sample {_taken + i} is {value}, expected finite numbers; are these 16-bit samples?");
        }
    }
}
