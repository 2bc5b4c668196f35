using System.Numerics;

namespace Carousel.Metrics;

/// <summary>Fewest edits of unit cost that turn a reference into a hypothesis (Levenshtein, 1966), with every way to split them by kind.</summary>
/// <param name="ReferenceLength">Items in the reference.</param>
/// <param name="HypothesisLength">Items in the hypothesis.</param>
/// <param name="Optimal">The counts of every alignment of fewest edits, without repeats, by ascending number of substitutions; one or more.</param>
public sealed record EditDistance(int ReferenceLength, int HypothesisLength, IReadOnlyList<EditCounts> Optimal)
{
    /// <summary>The fewest edits.</summary>
    public int Errors => Optimal[0].Errors;

    /// <summary>True when every best alignment has the same counts.</summary>
    public bool IsUnambiguous => Optimal.Count == 1;

    /// <summary>Compares two sequences.</summary>
    /// <typeparam name="T">What the sequences are made of, compared by value.</typeparam>
    /// <param name="reference">What is true.</param>
    /// <param name="hypothesis">What was recognised.</param>
    public static EditDistance Of<T>(ReadOnlySpan<T> reference, ReadOnlySpan<T> hypothesis)
        where T : IEquatable<T>
    {
        // Row i holds, for every prefix of the hypothesis, the fewest edits from the first i items of the reference, and the set of
        // insertion counts of the alignments that reach them: bit k for k insertions. The lengths fix the other two counts.
        int n = reference.Length, m = hypothesis.Length;
        int[] cost = new int[m + 1], costAbove = new int[m + 1];
        var insertions = new BigInteger[m + 1];
        var insertionsAbove = new BigInteger[m + 1];
        for (int j = 0; j <= m; j++)
        {
            cost[j] = j;
            insertions[j] = BigInteger.One << j;
        }

        for (int i = 1; i <= n; i++)
        {
            (cost, costAbove) = (costAbove, cost);
            (insertions, insertionsAbove) = (insertionsAbove, insertions);
            cost[0] = i;
            insertions[0] = BigInteger.One;
            for (int j = 1; j <= m; j++)
            {
                int replaced = costAbove[j - 1] + (reference[i - 1].Equals(hypothesis[j - 1]) ? 0 : 1);
                int deleted = costAbove[j] + 1, inserted = cost[j - 1] + 1;
                int best = Math.Min(replaced, Math.Min(deleted, inserted));
                cost[j] = best;
                insertions[j] = (replaced == best ? insertionsAbove[j - 1] : BigInteger.Zero)
                    | (deleted == best ? insertionsAbove[j] : BigInteger.Zero)
                    | (inserted == best ? insertions[j - 1] << 1 : BigInteger.Zero);
            }
        }

        var optimal = new List<EditCounts>();
        for (int inserted = m; inserted >= 0; inserted--)
        {
            if (!((insertions[m] >> inserted) & BigInteger.One).IsZero)
            {
                int deleted = inserted + n - m;
                optimal.Add(new EditCounts(cost[m] - deleted - inserted, deleted, inserted));
            }
        }

        return new EditDistance(n, m, optimal);
    }
}
