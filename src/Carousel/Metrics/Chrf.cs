using System.Globalization;
using System.Text;

namespace Carousel.Metrics;

/// <summary>
/// Corpus chrF (Popović, 2015) as sacreBLEU computes it (Post, 2018): F of character n-grams of orders 1 … 6, white space removed, counts summed over the corpus, precision
/// and recall averaged over the orders that have n-grams, recall counting β times as much. Characters are code points.
/// </summary>
/// <param name="Score">0 … 100</param>
/// <param name="Precision">Mean precision, 0 … 1.</param>
/// <param name="Recall">Mean recall, 0 … 1.</param>
/// <param name="Signature">The settings, in sacreBLEU's words and without its version.</param>
public sealed record Chrf(double Score, double Precision, double Recall, string Signature)
{
    /// <summary>The longest n-gram counted.</summary>
    public const int MaximumOrder = 6;

    /// <summary>β: chrF2.</summary>
    public const int Beta = 2;

    /// <summary>Scores translations. With several references a segment counts by the one that scores best.</summary>
    /// <param name="hypotheses">Translations, one per segment [N], as plain text.</param>
    /// <param name="references">references[k][i] is the k-th reference of segment i; one set of references or more, each [N].</param>
    /// <param name="lowercase">True to ignore case.</param>
    /// <exception cref="ArgumentException">There is no set of references, or one differs in length from the hypotheses.</exception>
    public static Chrf OfCorpus(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, bool lowercase = false)
    {
        Pairs.ThrowIfUnequalSets(hypotheses, references);
        var corpus = new OrderCounts[MaximumOrder];
        for (int segment = 0; segment < hypotheses.Count; segment++)
        {
            Dictionary<string, int>[] hypothesis = Grams(hypotheses[segment], lowercase);
            (double Score, OrderCounts[] Counts) best = (double.NegativeInfinity, []);
            foreach (IReadOnlyList<string> set in references)
            {
                OrderCounts[] counts = [.. hypothesis.Zip(Grams(set[segment], lowercase), OrderCounts.Of)];
                double score = Measure(counts).Score;
                best = score > best.Score ? (score, counts) : best;
            }

            for (int order = 0; order < MaximumOrder; order++)
            {
                corpus[order] += best.Counts[order];
            }
        }

        (double total, double precision, double recall) = Measure(corpus);
        string signature = string.Create(CultureInfo.InvariantCulture, $"nrefs:{references.Count}|case:{(lowercase ? "lc" : "mixed")}|eff:yes|nc:{MaximumOrder}|nw:0|space:no");
        return new Chrf(total, precision, recall, signature);
    }

    private static (double Score, double Precision, double Recall) Measure(OrderCounts[] counts)
    {
        OrderCounts[] effective = [.. counts.Where(order => order is { Hypothesis: > 0, Reference: > 0 })];
        if (effective.Length == 0)
        {
            return default;
        }

        double precision = effective.Average(order => (double)order.Matches / order.Hypothesis), recall = effective.Average(order => (double)order.Matches / order.Reference);
        const int factor = Beta * Beta;
        double score = precision + recall > 0 ? 100 * (1 + factor) * precision * recall / ((factor * precision) + recall) : 0;
        return (score, precision, recall);
    }

    // The n-grams of each order with their counts.
    private static Dictionary<string, int>[] Grams(string text, bool lowercase)
    {
        string[] characters = [.. (lowercase ? text.ToLowerInvariant() : text).EnumerateRunes().Where(static rune => !Rune.IsWhiteSpace(rune)).Select(static rune => rune.ToString())];
        var orders = new Dictionary<string, int>[MaximumOrder];
        for (int order = 1; order <= MaximumOrder; order++)
        {
            Dictionary<string, int> grams = orders[order - 1] = new(StringComparer.Ordinal);
            for (int start = 0; start + order <= characters.Length; start++)
            {
                string gram = string.Concat(characters.AsSpan(start, order));
                grams[gram] = grams.GetValueOrDefault(gram) + 1;
            }
        }

        return orders;
    }

    // n-grams of one order.
    private readonly record struct OrderCounts(long Hypothesis, long Reference, long Matches)
    {
        // A hypothesis is not counted where its reference is too short for the order, as in sacreBLEU.
        public static OrderCounts Of(Dictionary<string, int> hypothesis, Dictionary<string, int> reference) => new(
            reference.Count > 0 ? hypothesis.Values.Sum() : 0, reference.Values.Sum(), hypothesis.Sum(gram => (long)Math.Min(gram.Value, reference.GetValueOrDefault(gram.Key))));

        public static OrderCounts operator +(OrderCounts a, OrderCounts b) => new(a.Hypothesis + b.Hypothesis, a.Reference + b.Reference, a.Matches + b.Matches);
    }
}
