namespace Carousel.Runtime.Predictors;

/// <summary>What a <see cref="Transcriber"/> heard.</summary>
/// <param name="Text">The words, separated by single spaces.</param>
/// <param name="Words">Each word with its time.</param>
/// <param name="Score">How probable the text is, in nats: of its best alignment for greedy decoding, with what the language model adds for a search.</param>
public sealed record Transcript(string Text, IReadOnlyList<HeardWord> Words, double Score);
