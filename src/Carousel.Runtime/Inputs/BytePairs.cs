using System.Collections.Concurrent;
using System.Text;

namespace Carousel.Runtime.Inputs;

/// <summary>The merges of a <see cref="BytePairTokenizer"/> ready for use: pair to merged token, token to its bytes, and what became of frequent pieces.</summary>
internal sealed class BytePairs
{
    // Words recur: some ten thousand are most of any text.
    private const int MostKnown = 1 << 16, LongestKnown = 32;

    private readonly int _firstByte;
    private readonly Dictionary<(int Left, int Right), int> _merged;
    private readonly byte[][] _spellings;
    private readonly ConcurrentDictionary<string, int[]> _known = new(StringComparer.Ordinal);
    private int _knownCount;

    /// <summary>Prepares a sound tokeniser.</summary>
    public BytePairs(BytePairTokenizer tokenizer)
    {
        IReadOnlyList<int> merges = tokenizer.Merges;
        _firstByte = tokenizer.Symbols.Count;
        _merged = new(merges.Count / 2);
        _spellings = new byte[tokenizer.Count][];
        Array.Fill(_spellings, [], 0, _firstByte);
        for (int value = 0; value < 256; value++)
        {
            _spellings[_firstByte + value] = [(byte)value];
        }

        for (int i = 0, id = _firstByte + 256; i < merges.Count; i += 2, id++)
        {
            _merged[(merges[i], merges[i + 1])] = id;
            _spellings[id] = [.. _spellings[merges[i]], .. _spellings[merges[i + 1]]];
        }
    }

    /// <summary>The bytes of a token; none for a special symbol.</summary>
    public ReadOnlySpan<byte> Spelling(int id) => _spellings[id];

    /// <summary>Adds the ids of one piece of a text.</summary>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (piece.Length > LongestKnown)
        {
            ids.AddRange(Merge(piece));
            return;
        }

        if (!_known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(piece, out int[]? found))
        {
            found = Merge(piece);
            if (_knownCount < MostKnown && _known.TryAdd(piece.ToString(), found))
            {
                Interlocked.Increment(ref _knownCount);
            }
        }

        ids.AddRange(found);
    }

    // Tokens as a linked list over the bytes, and the possible merges in a queue, earliest first and leftmost among equals: n log n for n bytes, however long the piece.
    private int[] Merge(ReadOnlySpan<char> piece)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(piece.ToArray());
        int[] tokens = Array.ConvertAll(bytes, value => _firstByte + value), next = new int[bytes.Length], previous = new int[bytes.Length];
        var queue = new PriorityQueue<(int At, int Merged), (int Merged, int At)>();
        for (int at = 0; at < bytes.Length; at++)
        {
            (previous[at], next[at]) = (at - 1, at + 1);
        }

        for (int at = 0; at < bytes.Length; at++)
        {
            Offer(at);
        }

        while (queue.TryDequeue(out (int At, int Merged) best, out _))
        {
            int left = best.At, right = tokens[left] < 0 ? bytes.Length : next[left];
            if (right == bytes.Length || !_merged.TryGetValue((tokens[left], tokens[right]), out int merged) || merged != best.Merged)
            {
                continue;
            }

            (tokens[left], tokens[right], next[left]) = (merged, -1, next[right]);
            if (next[left] < bytes.Length)
            {
                previous[next[left]] = left;
            }

            Offer(left);
            Offer(previous[left]);
        }

        return Array.FindAll(tokens, token => token >= 0);

        void Offer(int at)
        {
            if (at >= 0 && next[at] < bytes.Length && _merged.TryGetValue((tokens[at], tokens[next[at]]), out int merged))
            {
                queue.Enqueue((at, merged), (merged, at));
            }
        }
    }
}
