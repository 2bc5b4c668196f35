using Carousel.Runtime.Inputs;

namespace Carousel.Runtime.Models;

/// <summary>How the first model files hold a tokeniser of words or characters, under the key <see cref="Key"/>: still read, no longer written.</summary>
/// <param name="Unit">What one token is.</param>
/// <param name="Tokens">The tokens [V]; token i has id i.</param>
internal sealed record Vocabulary(TextUnit Unit, IReadOnlyList<string> Tokens)
{
    /// <summary>Key of the metadata.</summary>
    public const string Key = "vocabulary";

    /// <summary>The tokeniser it stands for.</summary>
    public Tokenizer Tokenizer => Unit == TextUnit.Word ? new WordTokenizer(Tokens) : new CharacterTokenizer(Tokens);
}
