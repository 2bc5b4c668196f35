namespace Carousel.Metrics;

/// <summary>Which item of a reference became which of a hypothesis, one of the ways with the fewest edits of unit cost.</summary>
public static class EditAlignment
{
    /// <summary>Aligns two sequences.</summary>
    /// <typeparam name="T">What the sequences are made of, compared by value.</typeparam>
    /// <param name="reference">What is true.</param>
    /// <param name="hypothesis">What was recognised.</param>
    /// <returns>Places in both, in order; −1 in the hypothesis for a deletion, in the reference for an insertion.</returns>
    public static IReadOnlyList<(int Reference, int Hypothesis)> Of<T>(ReadOnlySpan<T> reference, ReadOnlySpan<T> hypothesis)
        where T : IEquatable<T>
    {
        // cost[i, j]: fewest edits from the items after the first i to those after the first j, so that the way through is found from the front.
        int n = reference.Length, m = hypothesis.Length;
        int[,] cost = new int[n + 1, m + 1];
        for (int i = n; i >= 0; i--)
        {
            for (int j = m; j >= 0; j--)
            {
                int replaced = i < n && j < m ? cost[i + 1, j + 1] + Cost(reference[i], hypothesis[j]) : int.MaxValue;
                int deleted = i < n ? cost[i + 1, j] + 1 : int.MaxValue, inserted = j < m ? cost[i, j + 1] + 1 : int.MaxValue;
                cost[i, j] = i == n && j == m ? 0 : Math.Min(replaced, Math.Min(deleted, inserted));
            }
        }

        var pairs = new List<(int, int)>(Math.Max(n, m));
        for (int i = 0, j = 0; i < n || j < m;)
        {
            if (i < n && j < m && cost[i, j] == cost[i + 1, j + 1] + Cost(reference[i], hypothesis[j]))
            {
                pairs.Add((i++, j++));
            }
            else if (i < n && cost[i, j] == cost[i + 1, j] + 1)
            {
                pairs.Add((i++, -1));
            }
            else
            {
                pairs.Add((-1, j++));
            }
        }

        return pairs;

        static int Cost(T a, T b) => a.Equals(b) ? 0 : 1;
    }
}
