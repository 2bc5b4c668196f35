using System.Text;
using System.Text.Json.Serialization;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Inputs;

/// <summary>What stands between white space is a token; a line feed is <see cref="Tokenizer.End"/>; a word without a token is <see cref="Tokenizer.Unknown"/>.</summary>
/// <param name="Tokens">The words and special symbols [V]; token i has id i.</param>
public sealed record WordTokenizer(IReadOnlyList<string> Tokens) : VocabularyTokenizer(Tokens)
{
    /// <summary>
    /// True when words, numbers and single signs are tokens of their own even without white space between them, otherwise as <see cref="TextPieces"/> cuts a text. Decoded, signs that end
    /// something stand close to the word before.
    /// </summary>
    /// <value>false</value>
    public bool SplitSigns { get; init; }

    /// <summary>True when capital letters are read as small ones.</summary>
    /// <value>false</value>
    public bool Lowercase { get; init; }

    /// <inheritdoc/>
    internal override Tokenizer With(RecordReader json) => (WordTokenizer)base.With(json) with
    {
        SplitSigns = json.Get(SplitSigns),
        Lowercase = json.Get(Lowercase),
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override TextUnit Unit => TextUnit.Word;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int LineEnd => IdOf(End);

    /// <inheritdoc/>
    internal override bool DropsFirstSpace => true;

    /// <inheritdoc/>
    private protected override void Cut(ReadOnlySpan<char> text, List<int> ids)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known = Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        if (Lowercase)
        {
            char[] lower = new char[text.Length];
            text.ToLowerInvariant(lower);
            text = lower;
        }

        while (Next(ref text, SplitSigns, out ReadOnlySpan<char> word))
        {
            if (!word.IsEmpty)
            {
                ids.Add(IdOf(word, known));
            }
            else if (LineEnd >= 0)
            {
                ids.Add(LineEnd);
            }
        }
    }

    /// <summary>The words of a line, for making a vocabulary of them.</summary>
    /// <param name="line">A line without its line feed.</param>
    /// <param name="splitSigns">As <see cref="SplitSigns"/>.</param>
    /// <param name="lowercase">As <see cref="Lowercase"/>.</param>
    public static IReadOnlyList<string> Split(string line, bool splitSigns, bool lowercase)
    {
        ArgumentNullException.ThrowIfNull(line);
        var words = new List<string>();
        ReadOnlySpan<char> rest = lowercase ? line.ToLowerInvariant() : line;
        while (Next(ref rest, splitSigns, out ReadOnlySpan<char> word))
        {
            if (!word.IsEmpty)
            {
                words.Add(word.ToString());
            }
        }

        return words;
    }

    /// <summary>True when tokens and switches are equal.</summary>
    public bool Equals(WordTokenizer? other) => base.Equals(other) && SplitSigns == other.SplitSigns && Lowercase == other.Lowercase;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), SplitSigns, Lowercase);

    /// <inheritdoc/>
    private protected override string Spell(string token) => token == End ? "\n" : SplitSigns && ClosesUp(token) ? token : $" {token}";

    /// <inheritdoc/>
    private protected override string? Problem(string token) => token.Any(char.IsWhiteSpace) ? "a word without spaces" : null;

    // The next word of a text, empty for a line feed; false at the end. What is left of a run of white space is skipped.
    private static bool Next(ref ReadOnlySpan<char> text, bool splitSigns, out ReadOnlySpan<char> word)
    {
        while (!text.IsEmpty && text[0] != '\n' && char.IsWhiteSpace(text[0]))
        {
            text = text[1..];
        }

        word = [];
        if (text.IsEmpty)
        {
            return false;
        }

        int length = 0;
        if (text[0] != '\n' && splitSigns)
        {
            var pieces = new TextPieces(text);
            pieces.MoveNext();
            Rune.DecodeFromUtf16(text, out Rune first, out int sign);
            bool isWord = Rune.IsLetterOrDigit(first) || (text[0] is '\'' or '’' && pieces.Current.Length > 1 && char.IsLetter(text[1]));
            length = isWord ? pieces.Current.Length : sign;
        }
        else
        {
            while (length < text.Length && !char.IsWhiteSpace(text[length]))
            {
                length++;
            }
        }

        word = text[..length];
        text = text[Math.Max(1, length)..];
        return true;
    }

    private static bool ClosesUp(string token) => token[0] is '.' or ',' or ';' or ':' or '!' or '?' or ')' or ']' or '%' || (token[0] is '\'' or '’' && token.Length > 1);

    // A text that spells <eos> does not end there.
    private static int IdOf(ReadOnlySpan<char> word, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known)
    {
        bool isMark = word is Padding or Begin or End;
        return (!isMark && known.TryGetValue(word, out int id)) || known.TryGetValue(Unknown, out id) ? id : throw new UnknownTokenException(word.ToString());
    }
}
