using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs;

/// <summary>What stands between white space is a token; a line feed is <see cref="Tokenizer.End"/>; a word without a token is <see cref="Tokenizer.Unknown"/>.</summary>
/// <param name="Tokens">The words and special symbols [V]; token i has id i.</param>
public sealed record WordTokenizer(IReadOnlyList<string> Tokens) : VocabularyTokenizer(Tokens)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TextUnit Unit => TextUnit.Word;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int LineEnd => IdOf(End);

    /// <inheritdoc/>
    internal override bool DropsFirstSpace => true;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known = Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        int start = 0;
        for (int at = 0; at <= text.Length; at++)
        {
            if (at < text.Length && !char.IsWhiteSpace(text[at]))
            {
                continue;
            }

            if (at > start)
            {
                ids.Add(IdOf(text[start..at], known));
            }

            if (at < text.Length && text[at] == '\n' && LineEnd >= 0)
            {
                ids.Add(LineEnd);
            }

            start = at + 1;
        }
    }

    /// <inheritdoc/>
    private protected override string Spell(string token) => token == End ? "\n" : $" {token}";

    /// <inheritdoc/>
    private protected override string? Problem(string token) => token.Any(char.IsWhiteSpace) ? "a word without spaces" : null;

    // A text that spells <eos> does not end there.
    private static int IdOf(ReadOnlySpan<char> word, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known)
    {
        bool isMark = word is Padding or Begin or End;
        return (!isMark && known.TryGetValue(word, out int id)) || known.TryGetValue(Unknown, out id) ? id : throw new UnknownTokenException(word.ToString());
    }
}
