using System.Text;

namespace Carousel.Runtime.Inputs;

/// <summary>
/// The tokens a language model knows, each with its id: its place in the list. Made from the training text only and stored in the model file, so that production
/// reads text as training did.
/// </summary>
/// <param name="Unit">What one token is.</param>
/// <param name="Tokens">The tokens [V]; token i has id i.</param>
public sealed record Vocabulary(TextUnit Unit, IReadOnlyList<string> Tokens)
{
    /// <summary>The token that stands for every word that is not in the vocabulary.</summary>
    public const string Unknown = "<unk>";

    /// <summary>The token that ends a line of words.</summary>
    public const string EndOfSentence = "<eos>";

    private const string LineFeed = "\n";
    private const int Largest = 1 << 24;

    private Dictionary<string, int>? _ids;

    // A copy with other tokens must not keep the ids of these.
    private Vocabulary(Vocabulary other) => (Unit, Tokens) = (other.Unit, other.Tokens);

    /// <summary>V, the number of tokens.</summary>
    public int Count => Tokens.Count;

    /// <summary>The token that ends a line.</summary>
    public string LineEnd => Unit == TextUnit.Word ? EndOfSentence : LineFeed;

    private Dictionary<string, int> Ids => _ids ??= Index();

    /// <summary>Cuts one line into its tokens, without the one that ends it.</summary>
    /// <param name="line">A line without its line feed.</param>
    /// <param name="unit">What one token is.</param>
    public static IEnumerable<string> Split(string line, TextUnit unit)
    {
        ArgumentNullException.ThrowIfNull(line);
        return unit == TextUnit.Word
            ? line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : line.EnumerateRunes().Select(static rune => rune.ToString());
    }

    /// <summary>The id of a token: its own, else that of <see cref="Unknown"/>, else −1.</summary>
    public int IdOf(string token) => Ids.TryGetValue(token, out int id) || Ids.TryGetValue(Unknown, out id) ? id : -1;

    /// <summary>Tokens as text that a person reads: words with spaces between, characters side by side, lines ended.</summary>
    /// <param name="ids">Each 0 … V − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is none of this vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(ids));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Count, nameof(ids));
            bool isLineEnd = Tokens[id] == LineEnd;
            if (Unit == TextUnit.Word && !isLineEnd && text.Length > 0 && text[^1] != '\n')
            {
                text.Append(' ');
            }

            text.Append(isLineEnd ? LineFeed : Tokens[id]);
        }

        return text.ToString();
    }

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Count is < 1 or > Largest)
        {
            yield return $"vocabulary has {Count} tokens, expected 1 … {Largest}";
        }

        if (!Enum.IsDefined(Unit))
        {
            yield return $"vocabulary unit is {Unit}, expected word or character";
        }

        for (int id = 0; id < Count; id++)
        {
            string token = Tokens[id];
            if (string.IsNullOrEmpty(token))
            {
                yield return $"vocabulary token {id} is empty";
            }
            else if (Ids[token] != id)
            {
                yield return $"vocabulary holds '{token}' twice, as token {Ids[token]} and {id}";
            }
            else if (Unit == TextUnit.Word && token.Any(char.IsWhiteSpace))
            {
                yield return $"vocabulary token {id} is '{token}', expected a word without spaces";
            }
        }
    }

    /// <summary>True when unit and tokens are equal, token by token.</summary>
    public bool Equals(Vocabulary? other) => other is not null && Unit == other.Unit && Tokens.SequenceEqual(other.Tokens);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Unit, Count, Count > 0 ? Tokens[0] : null);

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
