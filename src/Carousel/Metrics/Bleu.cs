using System.Globalization;

namespace Carousel.Metrics;

/// <summary>
/// Corpus BLEU (Papineni et al., 2002) as sacreBLEU computes it (Post, 2018): 13a tokenisation, orders 1 … 4, clipped counts summed over
/// the corpus, exponential smoothing, closest reference length.
/// </summary>
/// <param name="Score">0 … 100: brevity penalty times the geometric mean of the precisions.</param>
/// <param name="Counts">Matching n-grams per order, clipped to the most any one reference of the segment has.</param>
/// <param name="Totals">n-grams of the hypotheses per order.</param>
/// <param name="Precisions">100·count/total per order, smoothed: the j-th order without a match gets 100/(2ʲ·total).</param>
/// <param name="BrevityPenalty">1, or exp(1 − reference length / hypothesis length) when the hypotheses are shorter; 0 … 1.</param>
/// <param name="HypothesisLength">Tokens in the hypotheses.</param>
/// <param name="ReferenceLength">Tokens in the reference closest in length, the shorter on a tie, summed over the segments.</param>
/// <param name="Signature">The settings, in sacreBLEU's words and without its version.</param>
public sealed record Bleu(
    double Score,
    IReadOnlyList<long> Counts,
    IReadOnlyList<long> Totals,
    IReadOnlyList<double> Precisions,
    double BrevityPenalty,
    long HypothesisLength,
    long ReferenceLength,
    string Signature)
{
    /// <summary>The longest n-gram counted.</summary>
    public const int MaximumOrder = 4;

    /// <summary>Scores translations.</summary>
    /// <param name="hypotheses">Translations, one per segment [N], as plain text (not tokenised).</param>
    /// <param name="references">references[k][i] is the k-th reference of segment i; one set of references or more, each [N].</param>
    /// <param name="lowercase">True to ignore case.</param>
    /// <exception cref="ArgumentException">There is no set of references, or one differs in length from the hypotheses.</exception>
    public static Bleu OfCorpus(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, bool lowercase = false)
    {
        Pairs.ThrowIfUnequalSets(hypotheses, references);
        long[] counts = new long[MaximumOrder], totals = new long[MaximumOrder];
        long hypothesisLength = 0, referenceLength = 0;
        for (int i = 0; i < hypotheses.Count; i++)
        {
            string[] hypothesis = BleuTokenizer.Split(hypotheses[i], lowercase);
            string[][] candidates = [.. references.Select(set => BleuTokenizer.Split(set[i], lowercase))];
            hypothesisLength += hypothesis.Length;
            referenceLength += candidates.Select(words => words.Length).OrderBy(length => Math.Abs(length - hypothesis.Length)).ThenBy(length => length).First();
            for (int order = 1; order <= MaximumOrder; order++)
            {
                totals[order - 1] += Math.Max(0, hypothesis.Length - order + 1);
                counts[order - 1] += Matches(hypothesis, candidates, order);
            }
        }

        double brevity = hypothesisLength >= referenceLength ? 1
            : hypothesisLength == 0 ? 0
            : Math.Exp(1 - ((double)referenceLength / hypothesisLength));
        double[] precisions = SmoothedPrecisions(counts, totals);
        double score = precisions.Contains(0) ? 0 : brevity * Math.Exp(precisions.Average(Math.Log));
        string signature = string.Create(CultureInfo.InvariantCulture, $"nrefs:{references.Count}|case:{(lowercase ? "lc" : "mixed")}|eff:no|tok:13a|smooth:exp");
        return new Bleu(score, counts, totals, precisions, brevity, hypothesisLength, referenceLength, signature);
    }

    /// <summary>
    /// Scores one translation, for choosing among several of the same sentence: orders above the first count one match and one n-gram more than there are (Lin &amp; Och
    /// 2004), so that a sentence without a match of four words still differs from one without any.
    /// </summary>
    /// <param name="hypothesis">The tokens of the translation, as <see cref="BleuTokenizer.Split"/> gives them.</param>
    /// <param name="reference">The tokens of the reference.</param>
    /// <returns>0 … 1; 0 when no token matches.</returns>
    public static double OfSentence(string[] hypothesis, string[] reference)
    {
        ArgumentNullException.ThrowIfNull(hypothesis);
        ArgumentNullException.ThrowIfNull(reference);
        double logarithms = 0;
        for (int order = 1; order <= MaximumOrder; order++)
        {
            int more = order > 1 ? 1 : 0;
            long matches = Matches(hypothesis, [reference], order) + more, total = Math.Max(0, hypothesis.Length - order + 1) + more;
            if (matches == 0)
            {
                return 0;
            }

            logarithms += Math.Log((double)matches / total);
        }

        return Math.Min(1, Math.Exp(1 - ((double)reference.Length / hypothesis.Length))) * Math.Exp(logarithms / MaximumOrder);
    }

    private static double[] SmoothedPrecisions(long[] counts, long[] totals)
    {
        double[] precisions = new double[counts.Length];
        if (counts.All(count => count == 0))
        {
            return precisions;
        }

        double halving = 1;
        for (int order = 0; order < precisions.Length && totals[order] > 0; order++)
        {
            halving *= counts[order] == 0 ? 2 : 1;
            precisions[order] = counts[order] == 0 ? 100 / (halving * totals[order]) : 100.0 * counts[order] / totals[order];
        }

        return precisions;
    }

    private static long Matches(string[] hypothesis, string[][] references, int order)
    {
        var most = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string[] reference in references)
        {
            foreach ((string gram, int count) in Grams(reference, order))
            {
                most[gram] = Math.Max(count, most.GetValueOrDefault(gram));
            }
        }

        return Grams(hypothesis, order).Sum(gram => (long)Math.Min(gram.Value, most.GetValueOrDefault(gram.Key)));
    }

    // Tokens hold no spaces, so words joined by one are a key of their own.
    private static Dictionary<string, int> Grams(string[] words, int order)
    {
        var grams = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int start = 0; start + order <= words.Length; start++)
        {
            string gram = string.Join(' ', words, start, order);
            grams[gram] = grams.GetValueOrDefault(gram) + 1;
        }

        return grams;
    }
}
