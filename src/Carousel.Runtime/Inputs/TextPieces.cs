using System.Globalization;
using System.Text;

namespace Carousel.Runtime.Inputs;

/// <summary>
/// Cuts a text into the pieces that no byte-pair merge reaches across: a run of letters, of digits, of other signs, or of white space. A run takes the one space before
/// it along, a run of letters also an apostrophe (<c>It's late</c> → <c>It</c>, <c>'s</c>, <c> late</c>); a line feed is a piece of its own. The pieces side by side are the text.
/// </summary>
/// <param name="text">Any text.</param>
public ref struct TextPieces(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    private enum Kind
    {
        Space,
        LineFeed,
        Letter,
        Digit,
        Sign,
    }

    /// <summary>The piece the enumeration stands on.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>For <c>foreach</c>.</summary>
    public readonly TextPieces GetEnumerator() => this;

    /// <summary>Goes to the next piece.</summary>
    /// <returns>False when there is none.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        int length = LengthOfNext(_rest);
        Current = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    private static int LengthOfNext(ReadOnlySpan<char> text)
    {
        Kind kind = KindAt(text, 0, out int end);
        if (kind == Kind.LineFeed)
        {
            return end;
        }

        bool leads = text[0] is ' ' or '\'' or '’';
        if (leads && end < text.Length && KindAt(text, end, out int second) is var next && next != kind && (text[0] == ' ' ? next != Kind.LineFeed : next == Kind.Letter))
        {
            return RunOf(next, text, second);
        }

        end = RunOf(kind, text, end);

        // The last of several spaces goes with what follows.
        return kind == Kind.Space && end > 1 && end < text.Length && text[end] != '\n' && text[end - 1] == ' ' ? end - 1 : end;
    }

    private static int RunOf(Kind kind, ReadOnlySpan<char> text, int end)
    {
        while (end < text.Length && KindAt(text, end, out int next) == kind)
        {
            end = next;
        }

        return end;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int end)
    {
        char first = text[at];
        if (char.IsAscii(first))
        {
            end = at + 1;
            return first == '\n' ? Kind.LineFeed : char.IsAsciiLetter(first) ? Kind.Letter : char.IsAsciiDigit(first) ? Kind.Digit : char.IsWhiteSpace(first) ? Kind.Space : Kind.Sign;
        }

        Rune.DecodeFromUtf16(text[at..], out Rune character, out int length);
        end = at + length;

        // A mark (an accent, a vowel sign) belongs to its letter.
        return Rune.GetUnicodeCategory(character) switch
        {
            <= UnicodeCategory.EnclosingMark => Kind.Letter,
            <= UnicodeCategory.OtherNumber => Kind.Digit,
            _ => Rune.IsWhiteSpace(character) ? Kind.Space : Kind.Sign,
        };
    }
}
