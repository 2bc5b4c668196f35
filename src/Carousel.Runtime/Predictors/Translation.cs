namespace Carousel.Runtime.Predictors;

/// <summary>One translation of a sentence.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Its tokens in the target language, without the end.</param>
/// <param name="LogProbability">ln P of the tokens and of the end after them; at most 0.</param>
/// <param name="Score">What it was compared by: see <see cref="Decoding.BeamConfig"/>.</param>
public sealed record Translation(string Text, IReadOnlyList<int> Tokens, double LogProbability, double Score);
