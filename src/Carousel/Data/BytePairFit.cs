using System.Runtime.InteropServices;
using System.Text;
using Carousel.Runtime.Inputs;

namespace Carousel.Data;

/// <summary>Learns a byte-pair encoding (Sennrich, Haddow &amp; Birch 2016) from the training text.</summary>
/// <remarks>
/// Every distinct piece of the text begins as its bytes. Again and again the pair of neighbouring tokens that occurs most often becomes a new token; of pairs that occur equally often
/// the one with the smallest left, then right id, so that the same text gives the same merges. The counts of pairs are kept up to date: a merge visits only the pieces that hold it.
/// </remarks>
public sealed class BytePairFit
{
    private readonly List<int[]> _pieces = [];
    private readonly List<long> _counts = [];
    private readonly List<int> _lengths = [];
    private readonly Dictionary<(int Left, int Right), Pair> _pairs = [];
    private readonly PriorityQueue<(int Left, int Right), (long Occurrences, int Left, int Right)> _queue = new();

    private BytePairFit(Dictionary<string, long> pieces, int symbols)
    {
        _lengths.AddRange(Enumerable.Repeat(1, symbols + 256));
        foreach ((string piece, long count) in pieces)
        {
            _pieces.Add(Array.ConvertAll(Encoding.UTF8.GetBytes(piece), value => symbols + value));
            _counts.Add(count);
            Count(_pieces.Count - 1, count);
        }

        foreach (((int left, int right) pair, Pair found) in _pairs)
        {
            Offer(pair, found);
        }
    }

    /// <summary>Learns merges until the vocabulary is full or no pair occurs often enough.</summary>
    /// <param name="training">The training text, all files alike.</param>
    /// <param name="symbols">Special symbols, in the order of their ids from 0.</param>
    /// <param name="vocabularySize">Most tokens, symbols and bytes among them.</param>
    /// <param name="minimumCount">Times a pair must occur.</param>
    /// <param name="leadingSpace">As <see cref="BytePairTokenizer.LeadingSpace"/>.</param>
    public static BytePairTokenizer Of(IReadOnlyList<TextFile> training, IReadOnlyList<string> symbols, int vocabularySize, int minimumCount, bool leadingSpace)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(symbols);
        var fit = new BytePairFit(Pieces(training, leadingSpace), symbols.Count);
        var merges = new List<int>();
        while (symbols.Count + 256 + (merges.Count / 2) < vocabularySize && fit.TakeBest(minimumCount) is { } best)
        {
            merges.AddRange([best.Left, best.Right]);
            fit.Merge(best);
        }

        return new BytePairTokenizer([.. symbols], [.. merges], leadingSpace);
    }

    private static Dictionary<string, long> Pieces(IReadOnlyList<TextFile> training, bool leadingSpace)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> known = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string line in training.SelectMany(file => file.Lines))
        {
            foreach (ReadOnlySpan<char> piece in new TextPieces(leadingSpace ? $" {line}" : line))
            {
                // Longer than any word is a picture of signs or a code: nothing that comes again.
                if (piece.Length <= BytePairTokenizer.LongestToken)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(known, piece, out _)++;
                }
            }
        }

        return counts;
    }

    // Counts of pairs only fall after they were queued, so an entry that is still true is the best.
    private (int Left, int Right)? TakeBest(int minimumCount)
    {
        while (_queue.TryDequeue(out (int Left, int Right) pair, out (long Occurrences, int, int) rank))
        {
            Pair found = _pairs[pair];
            if (found.Occurrences != -rank.Occurrences)
            {
                Offer(pair, found);
            }
            else if (found.Occurrences >= minimumCount && _lengths[pair.Left] + _lengths[pair.Right] <= BytePairTokenizer.LongestToken)
            {
                return pair;
            }
        }

        return null;
    }

    private void Merge((int Left, int Right) pair)
    {
        int merged = _lengths.Count;
        _lengths.Add(_lengths[pair.Left] + _lengths[pair.Right]);
        var made = new HashSet<(int, int)>();
        foreach (int at in _pairs[pair].Pieces)
        {
            int[] before = _pieces[at], after = Merged(before, pair, merged);
            if (after.Length < before.Length)
            {
                Count(at, -_counts[at]);
                _pieces[at] = after;
                Count(at, _counts[at]);
                for (int i = 0; i + 1 < after.Length; i++)
                {
                    if (after[i] == merged || after[i + 1] == merged)
                    {
                        made.Add((after[i], after[i + 1]));
                    }
                }
            }
        }

        _pairs.Remove(pair);
        foreach ((int, int) next in made)
        {
            Offer(next, _pairs[next]);
        }
    }

    private static int[] Merged(int[] piece, (int Left, int Right) pair, int merged)
    {
        int count = 0;
        int[] tokens = new int[piece.Length];
        for (int at = 0; at < piece.Length; at++)
        {
            bool isPair = at + 1 < piece.Length && piece[at] == pair.Left && piece[at + 1] == pair.Right;
            tokens[count++] = isPair ? merged : piece[at];
            at += isPair ? 1 : 0;
        }

        return tokens[..count];
    }

    // Adds to the count of every pair of a piece, which is negative when the piece is about to change.
    private void Count(int at, long count)
    {
        int[] piece = _pieces[at];
        for (int i = 0; i + 1 < piece.Length; i++)
        {
            Pair pair = CollectionsMarshal.GetValueRefOrAddDefault(_pairs, (piece[i], piece[i + 1]), out _) ??= new Pair();
            pair.Occurrences += count;
            if (count > 0)
            {
                pair.Pieces.Add(at);
            }
        }
    }

    private void Offer((int Left, int Right) pair, Pair found)
    {
        if (found.Occurrences > 0)
        {
            _queue.Enqueue(pair, (-found.Occurrences, pair.Left, pair.Right));
        }
    }

    // Times a pair occurs, and the pieces it occurs in, perhaps no longer.
    private sealed class Pair
    {
        public long Occurrences { get; set; }

        public HashSet<int> Pieces { get; } = [];
    }
}
