namespace Carousel.Runtime.Decoding;

/// <summary>A sequence that a search has found.</summary>
/// <param name="Tokens">Without start and end symbol.</param>
/// <param name="LogProbability">ln P of the tokens and of the end symbol after them.</param>
/// <param name="Score">What it was compared by: see <see cref="BeamConfig"/>.</param>
public sealed record Hypothesis(IReadOnlyList<int> Tokens, double LogProbability, double Score);
