using System.Text;
using System.Text.Json.Serialization;

namespace Carousel.Runtime.Inputs;

/// <summary>Every Unicode character is a token, white space and line feeds among them; one without a token is <see cref="Tokenizer.Unknown"/>, if there is that.</summary>
/// <param name="Tokens">The characters and special symbols [V]; token i has id i.</param>
public sealed record CharacterTokenizer(IReadOnlyList<string> Tokens) : VocabularyTokenizer(Tokens)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TextUnit Unit => TextUnit.Character;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int LineEnd => IdOf("\n");

    /// <inheritdoc/>
    internal override bool DropsFirstSpace => false;

    /// <inheritdoc/>
    private protected override void Cut(ReadOnlySpan<char> text, List<int> ids)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known = Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> spelled = stackalloc char[2];
        foreach (Rune character in text.EnumerateRunes())
        {
            ReadOnlySpan<char> token = spelled[..character.EncodeToUtf16(spelled)];
            ids.Add(known.TryGetValue(token, out int id) || known.TryGetValue(Unknown, out id) ? id : throw new UnknownTokenException(token.ToString()));
        }
    }

    /// <inheritdoc/>
    private protected override string Spell(string token) => token switch { Unknown => "\uFFFD", End => "", _ => token };

    /// <inheritdoc/>
    private protected override string? Problem(string token) =>
        Rune.TryGetRuneAt(token, 0, out Rune character) && character.Utf16SequenceLength == token.Length ? null : "one character";
}
