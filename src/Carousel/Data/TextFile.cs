using System.Text;
using System.Text.Unicode;

namespace Carousel.Data;

/// <summary>A text as lines: UTF-8, with or without a byte order mark, lines ended by a line feed or by carriage return and line feed.</summary>
/// <param name="Name">Name of the file, without its folder, for messages.</param>
/// <param name="Lines">Its lines without their ends.</param>
/// <param name="FirstLine">Number of the first of them in the file, from 1.</param>
public sealed record TextFile(string Name, IReadOnlyList<string> Lines, int FirstLine = 1)
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataFileException">The file is missing, empty, too large, or not UTF-8.</exception>
    public static TextFile Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            throw new DataFileException(name, $"no such file: {path}");
        }

        if (new FileInfo(path).Length > Array.MaxLength)
        {
            throw new DataFileException(name, $"is larger than {Array.MaxLength} bytes, which is the most that is read at once; cut it into several files");
        }

        return Parse(File.ReadAllBytes(path), name);
    }

    /// <summary>Reads a text from memory.</summary>
    /// <param name="bytes">UTF-8.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="DataFileException">The text is empty or not UTF-8.</exception>
    public static TextFile Parse(ReadOnlySpan<byte> bytes, string name)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        bytes = bytes.StartsWith(mark) ? bytes[mark.Length..] : bytes;
        if (bytes.IsEmpty)
        {
            throw new DataFileException(name, "is empty, expected a text with at least one line");
        }

        if (!Utf8.IsValid(bytes))
        {
            throw NotUtf8(bytes, name);
        }

        string text = Encoding.UTF8.GetString(bytes);
        string[] lines = (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            lines[i] = lines[i].EndsWith('\r') ? lines[i][..^1] : lines[i];
        }

        return new TextFile(name, lines);
    }

    private static DataFileException NotUtf8(ReadOnlySpan<byte> bytes, string name)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        long line = 1 + bytes[..at].Count((byte)'\n');
        return new DataFileException(name, $"byte {at} is 0x{bytes[at]:X2}, which is not valid UTF-8; save the file as UTF-8", line);
    }
}
