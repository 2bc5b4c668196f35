using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;

namespace Carousel.Data;

/// <summary>Makes a <see cref="NGramModel"/> from text by interpolated modified Kneser–Ney smoothing (Chen &amp; Goodman 1999).</summary>
/// <remarks>
/// p(w | h) = max(c(hw) − D, 0) / c(h·) + γ(h)·p(w | h without its oldest token), with a discount D for the counts 1, 2, and 3 or more; below the highest order c counts the
/// different tokens before an n-gram, not its occurrences. The lowest order is mixed with the even distribution over the vocabulary and one unknown token.
/// </remarks>
public static class NGramFit
{
    /// <summary>Makes the model.</summary>
    /// <param name="sentences">The text, each sentence as its tokens.</param>
    /// <param name="unit">What a token is.</param>
    /// <param name="order">Longest n-gram, 1 or more.</param>
    public static NGramModel Of(IEnumerable<IReadOnlyList<string>> sentences, TextUnit unit, int order)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        Dictionary<Gram, int>[] counts = Count(sentences, order);
        double even = 1.0 / (counts[0].Count + 1);

        // Each n-gram with p, and with γ once the next order has told it; the beginning is never predicted.
        var orders = new List<Dictionary<Gram, (double Probability, double BackOff)>>();
        foreach (Dictionary<Gram, int> grams in counts)
        {
            double[] discounts = Discounts(grams.Values);
            var smoothed = new Dictionary<Gram, (double Probability, double BackOff)>();
            foreach (IGrouping<Gram, KeyValuePair<Gram, int>> history in grams.GroupBy(static gram => gram.Key.History))
            {
                double total = history.Sum(static gram => (double)gram.Value), left = history.Sum(gram => discounts[Math.Min(gram.Value, 3)]) / total;
                foreach ((Gram gram, int count) in history)
                {
                    double below = orders.Count == 0 ? even : orders[^1][gram.Shorter].Probability;
                    smoothed[gram] = (((count - discounts[Math.Min(count, 3)]) / total) + (left * below), 1);
                }

                if (orders.Count == 0)
                {
                    smoothed[new Gram([Tokenizer.Unknown])] = (left * even, 1);
                    smoothed[new Gram([NGramModel.Begin])] = (0, 1);
                }
                else
                {
                    orders[^1][history.Key] = orders[^1][history.Key] with { BackOff = left };
                }
            }

            orders.Add(smoothed);
        }

        return new NGramModel(unit, order, orders.SelectMany(static grams => grams.OrderBy(static gram => gram.Key.Text, StringComparer.Ordinal)
            .Select(static gram => new NGramEntry(gram.Key.Tokens, gram.Value.Probability > 0 ? (float)Math.Log(gram.Value.Probability) : NGramModel.Impossible, (float)Math.Log(gram.Value.BackOff)))));
    }

    // Occurrences at the highest order and of n-grams that begin a sentence; below, the different tokens that stand before.
    private static Dictionary<Gram, int>[] Count(IEnumerable<IReadOnlyList<string>> sentences, int order)
    {
        var counts = new Dictionary<Gram, int>[order];
        for (int n = 0; n < order; n++)
        {
            counts[n] = [];
        }

        foreach (IReadOnlyList<string> sentence in sentences)
        {
            string[] tokens = [NGramModel.Begin, .. sentence, NGramModel.End];
            for (int end = 1; end < tokens.Length; end++)
            {
                for (int n = 1; n <= Math.Min(order, end + 1); n++)
                {
                    var gram = new Gram(tokens[(end + 1 - n)..(end + 1)]);
                    bool isNew = !counts[n - 1].TryGetValue(gram, out int count);
                    if (n == order || gram.Tokens[0] == NGramModel.Begin)
                    {
                        counts[n - 1][gram] = count + 1;
                    }
                    else if (isNew)
                    {
                        counts[n - 1][gram] = 0;
                    }
                }
            }
        }

        for (int n = order - 1; n >= 1; n--)
        {
            foreach (Gram gram in counts[n].Keys)
            {
                counts[n - 1][gram.Shorter]++;
            }
        }

        return counts;
    }

    // D1, D2, D3+ from the numbers of n-grams that occur once, twice, three and four times; where too few do, the text is too small to tell.
    private static double[] Discounts(IEnumerable<int> counts)
    {
        double[] times = new double[5];
        foreach (int count in counts.Where(static count => count is >= 1 and <= 4))
        {
            times[count]++;
        }

        double y = times[1] / (times[1] + (2 * times[2]));
        double[] discounts = [0, 1 - (2 * y * times[2] / times[1]), 2 - (3 * y * times[3] / times[2]), 3 - (4 * y * times[4] / times[3])];
        for (int at = 1; at <= 3; at++)
        {
            discounts[at] = double.IsFinite(discounts[at]) && discounts[at] > 0 && discounts[at] < at ? discounts[at] : 0.5 * Math.Min(at, 2);
        }

        return discounts;
    }

    /// <summary>An n-gram, compared by its tokens.</summary>
    private readonly record struct Gram(string[] Tokens)
    {
        public string Text { get; } = string.Join('\u001f', Tokens);

        public Gram History => new(Tokens[..^1]);

        public Gram Shorter => new(Tokens[1..]);

        public bool Equals(Gram other) => Text == other.Text;

        public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
    }
}
