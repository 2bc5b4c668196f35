using System.Buffers.Binary;

namespace Carousel.Data;

/// <summary>
/// Reads feature files as CMU Sphinx writes them (<c>.mfc</c>): the count of values as a whole number of 32 bits, then the values as floating point of 32 bits, big-endian,
/// frame after frame.
/// </summary>
public static class SphinxFeatureFile
{
    private const int NumberBytes = 4;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Numbers of a frame, 1 or more: 13 for the usual cepstra.</param>
    /// <returns>Frames [T, width].</returns>
    /// <exception cref="DataFileException">The file is missing, of another length than it says, not whole frames, or holds a number that is not finite.</exception>
    public static float[] Read(string path, int width)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            throw new DataFileException(name, $"no such file: {path}");
        }

        return new FileInfo(path).Length <= Array.MaxLength
            ? Parse(File.ReadAllBytes(path), name, width)
            : throw new DataFileException(name, $"is larger than {Array.MaxLength} bytes, expected the features of one utterance");
    }

    /// <summary>Reads a file from memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="width">Numbers of a frame, 1 or more.</param>
    /// <exception cref="DataFileException">As <see cref="Read"/>.</exception>
    public static float[] Parse(ReadOnlySpan<byte> bytes, string name, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (bytes.Length < NumberBytes)
        {
            throw new DataFileException(name, $"is {bytes.Length} bytes long, expected a count and its values");
        }

        int said = BinaryPrimitives.ReadInt32BigEndian(bytes), found = (bytes.Length / NumberBytes) - 1;
        if (said != found || bytes.Length % NumberBytes != 0)
        {
            string turned = BinaryPrimitives.ReverseEndianness(said) == found ? "; it is little-endian, expected big-endian" : "; it is cut off or no feature file";
            throw new DataFileException(name, $"says {said} values and holds {bytes.Length - NumberBytes} bytes of them{turned}");
        }

        if (found % width != 0)
        {
            throw new DataFileException(name, $"holds {found} values, expected whole frames of {width}");
        }

        float[] values = new float[found];
        for (int i = 0; i < values.Length; i++)
        {
            float value = BinaryPrimitives.ReadSingleBigEndian(bytes[((i + 1) * NumberBytes)..]);
            values[i] = float.IsFinite(value) ? value : throw new DataFileException(name, $"value {i % width} of frame {i / width} is {value}, expected finite numbers");
        }

        return values;
    }
}
