using System.Text;

namespace Carousel.Metrics;

/// <summary>
/// Word or character error rate of a recogniser: edits / reference length, over a corpus the sum of the one over the sum of the other
/// (not the mean of the rates). Insertions can take it above 1.
/// </summary>
/// <param name="Utterances">The edits of each utterance.</param>
public sealed record ErrorRate(IReadOnlyList<EditDistance> Utterances)
{
    /// <summary>Edits of all utterances.</summary>
    public long Errors => Utterances.Sum(utterance => (long)utterance.Errors);

    /// <summary>Items in all references.</summary>
    public long ReferenceLength => Utterances.Sum(utterance => (long)utterance.ReferenceLength);

    /// <summary>Errors / reference length; without any reference item 0 when there are no errors, else ∞.</summary>
    public double Value => Rate(Errors, ReferenceLength);

    /// <summary>
    /// Substitutions, deletions and insertions over the corpus. Where best alignments differ in them the one with the most substitutions
    /// counts, as recognition toolkits do; <see cref="EditDistance.Optimal"/> has them all.
    /// </summary>
    public EditCounts Counts => Utterances
        .Select(utterance => utterance.Optimal[^1])
        .Aggregate(default(EditCounts), (sum, counts) => new EditCounts(
            sum.Substitutions + counts.Substitutions, sum.Deletions + counts.Deletions, sum.Insertions + counts.Insertions));

    /// <summary>Rate of one utterance.</summary>
    /// <param name="utterance">Its edits.</param>
    public static double RateOf(EditDistance utterance)
    {
        ArgumentNullException.ThrowIfNull(utterance);
        return Rate(utterance.Errors, utterance.ReferenceLength);
    }

    /// <summary>Word error rate: texts are split at white space, words compared exactly as they are written.</summary>
    /// <param name="references">What was said [N].</param>
    /// <param name="hypotheses">What was recognised [N].</param>
    /// <exception cref="ArgumentException">The numbers of texts differ.</exception>
    public static ErrorRate OfWords(IReadOnlyList<string> references, IReadOnlyList<string> hypotheses) =>
        Of(references, hypotheses, text => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Character error rate: every Unicode scalar value counts as one character, spaces included.</summary>
    /// <param name="references">What was said [N].</param>
    /// <param name="hypotheses">What was recognised [N].</param>
    /// <exception cref="ArgumentException">The numbers of texts differ.</exception>
    public static ErrorRate OfCharacters(IReadOnlyList<string> references, IReadOnlyList<string> hypotheses) =>
        Of(references, hypotheses, text => text.EnumerateRunes().ToArray<Rune>());

    private static ErrorRate Of<T>(IReadOnlyList<string> references, IReadOnlyList<string> hypotheses, Func<string, T[]> split)
        where T : IEquatable<T>
    {
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(hypotheses);
        Pairs.ThrowIfUnequal(references.Count, hypotheses.Count);
        var utterances = new EditDistance[references.Count];
        for (int i = 0; i < utterances.Length; i++)
        {
            utterances[i] = EditDistance.Of<T>(split(references[i]), split(hypotheses[i]));
        }

        return new ErrorRate(utterances);
    }

    private static double Rate(long errors, long length) => length > 0 ? (double)errors / length : errors == 0 ? 0 : double.PositiveInfinity;
}
