namespace Carousel.Runtime.Decoding;

/// <summary>One n-gram of a back-off model.</summary>
/// <param name="Tokens">Its tokens, oldest first.</param>
/// <param name="LogProbability">ln p of the last token after the others.</param>
/// <param name="LogBackOff">ln b, what a token that was never seen after this n-gram pays; 0 where none follows.</param>
public sealed record NGramEntry(IReadOnlyList<string> Tokens, float LogProbability, float LogBackOff);
