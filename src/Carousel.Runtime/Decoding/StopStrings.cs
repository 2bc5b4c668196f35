namespace Carousel.Runtime.Decoding;

/// <summary>
/// Ends a text before the first of some strings, while the text comes in pieces: a piece is held back as long as it may be the beginning of such a string.
/// </summary>
/// <param name="stops">The strings, none of them empty; perhaps none at all.</param>
internal sealed class StopStrings(IEnumerable<string> stops)
{
    private readonly string[] _stops = [.. stops];
    private char[] _text = new char[256];
    private int _given, _length;

    /// <summary>True once one of the strings came.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes the next piece.</summary>
    /// <param name="piece">Any text.</param>
    /// <returns>The text that certainly belongs to the result and was not given before; valid until the next call.</returns>
    public ReadOnlySpan<char> Next(ReadOnlySpan<char> piece)
    {
        Keep(piece);
        ReadOnlySpan<char> held = _text.AsSpan(0, _length);
        int stop = -1;
        foreach (string candidate in _stops)
        {
            int at = held.IndexOf(candidate, StringComparison.Ordinal);
            stop = at >= 0 && (stop < 0 || at < stop) ? at : stop;
        }

        IsStopped = stop >= 0;
        _given = IsStopped ? stop : held.Length - Doubtful(held);
        return held[.._given];
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back; valid until the next call.</returns>
    public ReadOnlySpan<char> Finish()
    {
        Keep([]);
        _given = _length;
        return IsStopped ? [] : _text.AsSpan(0, _length);
    }

    // Forgets what was given and adds a piece.
    private void Keep(ReadOnlySpan<char> piece)
    {
        _text.AsSpan(_given, _length - _given).CopyTo(_text);
        _length -= _given;
        _given = 0;
        if (_text.Length < _length + piece.Length)
        {
            Array.Resize(ref _text, 2 * (_length + piece.Length));
        }

        piece.CopyTo(_text.AsSpan(_length));
        _length += piece.Length;
    }

    // Characters at the end that begin one of the strings.
    private int Doubtful(ReadOnlySpan<char> text)
    {
        int most = 0;
        foreach (string stop in _stops)
        {
            for (int count = Math.Min(stop.Length - 1, text.Length); count > most; count--)
            {
                if (text.EndsWith(stop.AsSpan(0, count), StringComparison.Ordinal))
                {
                    most = count;
                }
            }
        }

        return most;
    }
}
