using System.Text;

namespace Carousel.Runtime.Inputs;

/// <summary>
/// Turns tokens into text as they come, for one stream: what it gives out is always whole characters, the rest waits for the tokens that complete it. All it gave out
/// is <see cref="Tokenizer.Decode"/> of all it took. Allocates nothing once its buffer is as long as the longest token.
/// </summary>
/// <param name="tokenizer">Which tokens.</param>
public sealed class TokenDecoder(Tokenizer tokenizer)
{
    private readonly Decoder _characters = Encoding.UTF8.GetDecoder();
    private char[] _text = new char[64];
    private bool _isAtStart = true;

    /// <summary>Takes a token.</summary>
    /// <param name="id">0 … V − 1.</param>
    /// <returns>The text that is complete now, perhaps empty; valid until the next call. Bytes that are no UTF-8 become U+FFFD.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is none of the tokeniser.</exception>
    public ReadOnlySpan<char> Next(int id)
    {
        ReadOnlySpan<byte> spelling = tokenizer.Spelling(id);
        if (spelling.IsEmpty)
        {
            return [];
        }

        ReadOnlySpan<byte> bytes = _isAtStart && tokenizer.DropsFirstSpace && spelling[0] == ' ' ? spelling[1..] : spelling;
        _isAtStart = tokenizer.Unit == TextUnit.Word && spelling[^1] == '\n';
        return Take(bytes, flush: false);
    }

    /// <summary>Ends the text.</summary>
    /// <returns>U+FFFD if a character was left incomplete, otherwise nothing; valid until the next call. The next token begins a new text.</returns>
    public ReadOnlySpan<char> Finish()
    {
        _isAtStart = true;
        return Take([], flush: true);
    }

    private ReadOnlySpan<char> Take(ReadOnlySpan<byte> bytes, bool flush)
    {
        // Room for what waits, at most three bytes.
        if (_text.Length < bytes.Length + 4)
        {
            _text = new char[2 * (bytes.Length + 4)];
        }

        return _text.AsSpan(0, _characters.GetChars(bytes, _text, flush));
    }
}
