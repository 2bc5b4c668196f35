using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Carousel.Data;

/// <summary>
/// The lines of a text that arrives bit by bit: UTF-8, with or without a byte order mark, lines ended by a line feed or by carriage return and line feed. Each line is given
/// as soon as its end has been read.
/// </summary>
/// <param name="stream">Read from its current position; not closed.</param>
/// <param name="name">What messages call it.</param>
public sealed class TextLines(Stream stream, string name)
{
    /// <summary>Bytes of the longest line that is read.</summary>
    public const int LongestLine = 1 << 24;

    private byte[] _bytes = new byte[1 << 16];
    private int _start, _end;
    private bool _isAtEnd;

    /// <summary>Lines given so far.</summary>
    public long Line { get; private set; }

    /// <summary>True when a whole line is there already: <see cref="Next"/> will not wait for more.</summary>
    public bool HasLine => _bytes.AsSpan(_start, _end - _start).Contains((byte)'\n');

    /// <summary>The next line without its end, waiting for it if it is not there yet; null after the last.</summary>
    /// <exception cref="DataFileException">The line is not UTF-8, or longer than <see cref="LongestLine"/>.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public string? Next()
    {
        int length, searched = 0;
        while ((length = _bytes.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n')) < 0 && !_isAtEnd)
        {
            searched = _end - _start;
            Read();
        }

        bool isEnded = length >= 0;
        length = isEnded ? searched + length : _end - _start;
        if (!isEnded && length == 0)
        {
            return null;
        }

        ReadOnlySpan<byte> line = _bytes.AsSpan(_start, length);
        _start += length + (isEnded ? 1 : 0);
        return Text(line, ++Line);
    }

    private void Read()
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _bytes.Length)
        {
            if (_end >= LongestLine)
            {
                throw new DataFileException(name, $"the line is longer than {LongestLine} bytes, which is the most that is read", Line + 1);
            }

            Array.Resize(ref _bytes, 2 * _bytes.Length);
        }

        int count = stream.Read(_bytes, _end, _bytes.Length - _end);
        _isAtEnd = count == 0;
        _end += count;
    }

    private string Text(ReadOnlySpan<byte> line, long number)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        line = number == 1 && line.StartsWith(mark) ? line[mark.Length..] : line;
        line = line.EndsWith("\r"u8) ? line[..^1] : line;
        if (Utf8.IsValid(line))
        {
            return Encoding.UTF8.GetString(line);
        }

        int at = 0;
        while (Rune.DecodeFromUtf8(line[at..], out _, out int length) == OperationStatus.Done)
        {
            at += length;
        }

        throw new DataFileException(name, $"byte {at + 1} of the line is 0x{line[at]:X2}, which is not valid UTF-8; save the text as UTF-8", number);
    }
}
