namespace Carousel.Runtime.Inputs;

/// <summary>A text holds something that a tokeniser has no token for, not even <see cref="Tokenizer.Unknown"/>.</summary>
/// <param name="token">What was found.</param>
public sealed class UnknownTokenException(string token)
    : Exception($"'{token}' (U+{token.EnumerateRunes().First().Value:X4}) has no token: it does not occur in the text the model was trained on, and there is no {Tokenizer.Unknown} to stand for it")
{
    /// <summary>What was found.</summary>
    public string Token { get; } = token;
}
