using Carousel.Metrics;

namespace Carousel.Tasks.Transcription;

/// <summary>What was recognised beside what was said.</summary>
/// <param name="Utterances">What was said [N].</param>
/// <param name="Hypotheses">What was recognised [N].</param>
/// <param name="Words">Word errors.</param>
/// <param name="Characters">Character errors.</param>
public sealed record TranscriptionScore(IReadOnlyList<Utterance> Utterances, IReadOnlyList<string> Hypotheses, ErrorRate Words, ErrorRate Characters)
{
    /// <summary>Metrics by name, as reports and JSON spell them.</summary>
    public IReadOnlyDictionary<string, double> Metrics
    {
        get
        {
            EditCounts words = Words.Counts, characters = Characters.Counts;
            return new Dictionary<string, double>
            {
                ["wer"] = Words.Value,
                ["cer"] = Characters.Value,
                ["substitutions"] = words.Substitutions,
                ["deletions"] = words.Deletions,
                ["insertions"] = words.Insertions,
                ["character_substitutions"] = characters.Substitutions,
                ["character_deletions"] = characters.Deletions,
                ["character_insertions"] = characters.Insertions,
            };
        }
    }

    /// <summary>The utterances with most word errors, in their order where they have equally many; none that is right.</summary>
    /// <param name="count">How many at most.</param>
    public IEnumerable<int> Worst(int count) => Enumerable.Range(0, Utterances.Count).Where(i => Words.Utterances[i].Errors > 0).OrderByDescending(i => Words.Utterances[i].Errors).Take(count);

    /// <summary>Compares.</summary>
    /// <param name="utterances">What was said [N].</param>
    /// <param name="hypotheses">What was recognised [N].</param>
    /// <exception cref="ArgumentException">The numbers differ.</exception>
    public static TranscriptionScore Of(IReadOnlyList<Utterance> utterances, IReadOnlyList<string> hypotheses)
    {
        ArgumentNullException.ThrowIfNull(utterances);
        string[] references = [.. utterances.Select(utterance => utterance.Text)];
        return new TranscriptionScore(utterances, hypotheses, ErrorRate.OfWords(references, hypotheses), ErrorRate.OfCharacters(references, hypotheses));
    }
}
