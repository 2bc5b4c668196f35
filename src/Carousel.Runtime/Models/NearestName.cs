namespace Carousel.Runtime.Models;

/// <summary>Guesses which name a person meant.</summary>
public static class NearestName
{
    /// <summary>The candidate with the smallest edit distance (Damerau 1964: two letters swapped are one error; case ignored), the first one among equals.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What may be written.</param>
    /// <returns>Null when nothing is close: more than a third of the letters (and more than one) would have to change.</returns>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        string? nearest = null;
        int least = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Distance(name, candidate);
            if (distance < least && distance <= Math.Max(1, Math.Max(name.Length, candidate.Length) / 3))
            {
                (nearest, least) = (candidate, distance);
            }
        }

        return nearest;
    }

    /// <summary>The end of a sentence: <c> (did you mean 'x'?)</c>, or nothing when no candidate is near.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What may be written.</param>
    public static string Hint(string name, IEnumerable<string> candidates) => Find(name, candidates) is { } nearest ? $" (did you mean '{nearest}'?)" : "";

    private static int Distance(string a, string b)
    {
        // Names longer than this are no typing errors, and an untrusted file must not buy quadratic time with them.
        const int longest = 100;
        if (a.Length > longest || b.Length > longest)
        {
            return int.MaxValue;
        }

        // Three rows of the table: the one at hand and the two above it.
        Span<int> row = stackalloc int[b.Length + 1], above = stackalloc int[b.Length + 1], higher = stackalloc int[b.Length + 1];
        for (int j = 0; j < row.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            Span<int> reused = higher;
            higher = above;
            above = row;
            row = reused;
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = above[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, 1 + Math.Min(above[j], row[j - 1]));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    row[j] = Math.Min(row[j], higher[j - 2] + 1);
                }
            }
        }

        return row[^1];

        static bool Same(char x, char y) => char.ToLowerInvariant(x) == char.ToLowerInvariant(y);
    }
}
