using System.Text;
using System.Text.Json.Serialization;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Inputs;

/// <summary>A tokeniser that knows its tokens by a list; the special symbols stand among them.</summary>
/// <param name="Tokens">The tokens [V]; token i has id i.</param>
public abstract record VocabularyTokenizer(IReadOnlyList<string> Tokens) : Tokenizer
{
    private Dictionary<string, int>? _ids;
    private byte[][]? _spellings;

    /// <summary>A copy; it may get other tokens and must not keep the ids of these.</summary>
    protected VocabularyTokenizer(VocabularyTokenizer other)
        : base(other) => Tokens = other.Tokens;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Count => Tokens.Count;

    /// <summary>The ids of all tokens.</summary>
    private protected Dictionary<string, int> Ids => _ids ??= Index();

    /// <inheritdoc/>
    internal override Tokenizer With(RecordReader json) => (VocabularyTokenizer)base.With(json) with { Tokens = json.Get(Tokens) };

    /// <inheritdoc/>
    public override int IdOf(string symbol) => Ids.GetValueOrDefault(symbol, -1);

    /// <summary>True when unit and tokens are equal, token by token.</summary>
    public virtual bool Equals(VocabularyTokenizer? other) => base.Equals(other) && Tokens.SequenceEqual(other.Tokens);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Unit, Count, Count > 0 ? Tokens[0] : null);

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (string problem in base.Validate())
        {
            yield return problem;
        }

        if (Count is < 1 or > Largest)
        {
            yield return $"tokenizer has {Count} tokens, expected 1 … {Largest}";
        }

        for (int id = 0; id < Count; id++)
        {
            string token = Tokens[id];
            if (string.IsNullOrEmpty(token))
            {
                yield return $"tokenizer's token {id} is empty";
            }
            else if (Ids[token] != id)
            {
                yield return $"tokenizer holds '{token}' twice, as token {Ids[token]} and {id}";
            }
            else if (!SpecialSymbols.Contains(token) && Problem(token) is { } expected)
            {
                yield return $"tokenizer's token {id} is '{token}', expected {expected}";
            }
        }

        if (IdOf(Padding) > 0)
        {
            yield return $"tokenizer's token {Padding} has id {IdOf(Padding)}, expected 0";
        }
    }

    /// <inheritdoc/>
    internal override ReadOnlySpan<byte> Spelling(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Count);
        return (_spellings ??= [.. Tokens.Select(token => Encoding.UTF8.GetBytes(token is Padding or Begin ? "" : Spell(token)))])[id];
    }

    /// <summary>How a token other than <see cref="Tokenizer.Padding"/> and <see cref="Tokenizer.Begin"/> is spelled in a text.</summary>
    private protected abstract string Spell(string token);

    /// <summary>What a token should be if it is not; null when it is well. Special symbols are not asked about.</summary>
    private protected abstract string? Problem(string token);

    private Dictionary<string, int> Index()
    {
        var ids = new Dictionary<string, int>(Count, StringComparer.Ordinal);
        for (int id = 0; id < Count; id++)
        {
            ids.TryAdd(Tokens[id] ?? "", id);
        }

        return ids;
    }
}
