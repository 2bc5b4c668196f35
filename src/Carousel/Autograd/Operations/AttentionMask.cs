using Carousel.Numerics;

namespace Carousel.Autograd.Operations;

/// <summary>Which keys a query may attend to. True means it may; where several conditions are given, all must hold.</summary>
public sealed record AttentionMask
{
    /// <summary>[B, S], row-major: keys that are there, as opposed to padding. Null when all are.</summary>
    public IReadOnlyList<bool>? Keys { get; init; }

    /// <summary>[L, S], row-major: keys that each query position may see, the same for the whole batch. Null when all are.</summary>
    public IReadOnlyList<bool>? Pairs { get; init; }

    /// <summary>True when the query at position l sees the keys 0 … l only.</summary>
    public bool Causal { get; init; }

    /// <summary>The mask of sequences that fill the first steps of their common length.</summary>
    /// <param name="lengths">Valid steps of each sequence, 0 … S; null when all are valid.</param>
    /// <param name="keys">The sequences [S, B, …].</param>
    /// <returns>Null when nothing is masked.</returns>
    /// <exception cref="ArgumentException">There is not one length for each sequence, or one leaves its range.</exception>
    public static AttentionMask? FromLengths(IReadOnlyList<int>? lengths, Tensor keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (lengths is null)
        {
            return null;
        }

        int steps = keys.Rank < 2 ? 0 : keys.Shape[0], batch = keys.Rank < 2 ? 0 : keys.Shape[1];
        if (lengths.Count != batch || lengths.Any(length => length < 0 || length > steps))
        {
            throw new ArgumentException($"lengths must be {batch} numbers from 0 to {steps} for {keys}, found [{string.Join(", ", lengths)}]", nameof(lengths));
        }

        bool[] seen = new bool[batch * steps];
        for (int sequence = 0; sequence < batch; sequence++)
        {
            seen.AsSpan(sequence * steps, lengths[sequence]).Fill(true);
        }

        return new AttentionMask { Keys = seen };
    }

    /// <summary>Puts −∞ into one row of scores wherever the query may not look.</summary>
    /// <param name="scores">[S]</param>
    /// <param name="sequence">Number of the sequence in the batch.</param>
    /// <param name="query">Position of the query.</param>
    /// <returns>False when nothing is left to look at.</returns>
    internal bool Apply(Span<float> scores, int sequence, int query)
    {
        bool any = false;
        for (int key = 0; key < scores.Length; key++)
        {
            bool isSeen = (!Causal || key <= query)
                && (Keys is null || Keys[(sequence * scores.Length) + key])
                && (Pairs is null || Pairs[(query * scores.Length) + key]);
            any |= isSeen;
            if (!isSeen)
            {
                scores[key] = float.NegativeInfinity;
            }
        }

        return any;
    }

    /// <summary>Refuses a mask of another size.</summary>
    /// <param name="scores">[B, heads, L, S]</param>
    internal void ThrowIfMisfit(Tensor scores)
    {
        int batch = scores.Shape[0], queries = scores.Shape[2], keys = scores.Shape[3];
        if (Keys is not null && Keys.Count != batch * keys)
        {
            throw new ArgumentException($"the mask of keys has {Keys.Count} entries, expected B·S = {batch}·{keys}", nameof(scores));
        }

        if (Pairs is not null && Pairs.Count != queries * keys)
        {
            throw new ArgumentException($"the mask of pairs has {Pairs.Count} entries, expected L·S = {queries}·{keys}", nameof(scores));
        }
    }
}
