using System.Text.Json.Serialization;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Inputs;

/// <summary>
/// Byte-pair encoding (Sennrich, Haddow &amp; Birch 2016) over UTF-8 bytes (Radford et al. 2019): words fall apart into the most frequent pieces of the training text, and
/// into single bytes where nothing longer is known. So every text of any script has ids, and <see cref="Tokenizer.Decode"/> gives exactly it again (if it is in the normalisation asked for).
/// </summary>
/// <remarks>
/// Ids: the special symbols 0 … S − 1, the 256 bytes S … S + 255, then one token for each merge. A text is cut into <see cref="TextPieces"/>; within each, of all neighbours
/// that have a merge those of the earliest merge become one token, until there are none.
/// </remarks>
/// <param name="Symbols">The special symbols [S], perhaps none.</param>
/// <param name="Merges">The ids of the left and the right token of each merge, in the order they were learned: left, right, left, right, … [2·M].</param>
/// <param name="LeadingSpace">
/// True to put a space before every text that is encoded and to take it away when it is decoded, so that a word at the beginning is the same token as elsewhere.
/// </param>
public sealed record BytePairTokenizer(IReadOnlyList<string> Symbols, IReadOnlyList<int> Merges, bool LeadingSpace) : Tokenizer
{
    /// <summary>Longest token, in bytes.</summary>
    public const int LongestToken = 128;

    private BytePairs? _pairs;

    // A copy with other merges must not keep the index of these.
    private BytePairTokenizer(BytePairTokenizer other)
        : base(other) => (Symbols, Merges, LeadingSpace) = (other.Symbols, other.Merges, other.LeadingSpace);

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Count => Symbols.Count + 256 + (Merges.Count / 2);

    /// <inheritdoc/>
    [JsonIgnore]
    public override TextUnit Unit => TextUnit.Subword;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int LineEnd => Symbols.Count + '\n';

    /// <inheritdoc/>
    internal override bool DropsFirstSpace => LeadingSpace;

    private BytePairs Pairs => _pairs ??= new BytePairs(this);

    /// <inheritdoc/>
    internal override Tokenizer With(RecordReader json) => (BytePairTokenizer)base.With(json) with
    {
        Symbols = json.Get(Symbols),
        Merges = json.Get(Merges),
        LeadingSpace = json.Get(LeadingSpace),
    };

    /// <inheritdoc/>
    public override int IdOf(string symbol) => Symbols.TakeWhile(known => known != symbol).Count() is int id && id < Symbols.Count ? id : -1;

    /// <inheritdoc/>
    private protected override void Cut(ReadOnlySpan<char> text, List<int> ids)
    {
        if (LeadingSpace && !text.IsEmpty)
        {
            text = $" {text}";
        }

        foreach (ReadOnlySpan<char> piece in new TextPieces(text))
        {
            Pairs.Encode(piece, ids);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (string problem in base.Validate())
        {
            yield return problem;
        }

        if (Symbols.Count != Symbols.Distinct(StringComparer.Ordinal).Count() || Symbols.Any(string.IsNullOrEmpty))
        {
            yield return $"tokenizer's symbols are {string.Join(", ", Symbols.Select(symbol => $"'{symbol}'"))}, expected names that differ";
        }

        if (IdOf(Padding) > 0)
        {
            yield return $"tokenizer's symbol {Padding} has id {IdOf(Padding)}, expected 0";
        }

        if (Merges.Count % 2 != 0 || Count > Largest)
        {
            yield return $"tokenizer has {Merges.Count} ids in its merges, expected two for each and at most {Largest} tokens";
            yield break;
        }

        int[] lengths = new int[Count];
        lengths.AsSpan(Symbols.Count, 256).Fill(1);
        var seen = new HashSet<(int, int)>();
        for (int merge = 0; merge < Merges.Count / 2; merge++)
        {
            (int left, int right) = (Merges[2 * merge], Merges[(2 * merge) + 1]);
            int id = Symbols.Count + 256 + merge;
            if (left < Symbols.Count || right < Symbols.Count || left >= id || right >= id || !seen.Add((left, right)))
            {
                yield return $"tokenizer's merge {merge} is of the tokens {left} and {right}, expected two of {Symbols.Count} … {id - 1} that no merge before has";
                yield break;
            }

            lengths[id] = lengths[left] + lengths[right];
            if (lengths[id] > LongestToken)
            {
                yield return $"tokenizer's merge {merge} makes a token of {lengths[id]} bytes, expected at most {LongestToken}";
                yield break;
            }
        }
    }

    /// <summary>True when symbols and merges are equal, one by one.</summary>
    public bool Equals(BytePairTokenizer? other) =>
        base.Equals(other) && LeadingSpace == other.LeadingSpace && Symbols.SequenceEqual(other.Symbols) && Merges.SequenceEqual(other.Merges);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Symbols.Count, Merges.Count, Merges.Count > 0 ? Merges[0] : 0, LeadingSpace);

    /// <inheritdoc/>
    internal override ReadOnlySpan<byte> Spelling(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Count);
        return Pairs.Spelling(id);
    }
}
