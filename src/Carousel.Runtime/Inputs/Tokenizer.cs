using System.Text;
using System.Text.Json.Serialization;
using Carousel.Runtime.Inputs.Unicode;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Inputs;

/// <summary>
/// Text to the ids of its tokens and back. Made from the training text only and stored in the model file, so that production reads text as training did.
/// Immutable; any number of threads may use one.
/// </summary>
/// <remarks>
/// The special symbols mark places that no text can spell: none of them comes out of <see cref="Encode(string)"/>, except <see cref="Unknown"/> and, at the end of a
/// line of words, <see cref="End"/>. A tokeniser has those that its task asked for.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(WordTokenizer), "word")]
[JsonDerivedType(typeof(CharacterTokenizer), "character")]
[JsonDerivedType(typeof(BytePairTokenizer), "byte_pair")]
public abstract record Tokenizer
{
    /// <summary>Fills up what is shorter than its batch. Where a tokeniser has it, its id is 0.</summary>
    public const string Padding = "<pad>";

    /// <summary>Stands for everything that has no token of its own.</summary>
    public const string Unknown = "<unk>";

    /// <summary>Begins a sequence.</summary>
    public const string Begin = "<bos>";

    /// <summary>Ends a sequence, and a line of words.</summary>
    public const string End = "<eos>";

    /// <summary>Most tokens of one tokeniser.</summary>
    public const int Largest = 1 << 24;

    /// <summary>The special symbols, in the order in which a task that asks for all of them numbers them: <see cref="Padding"/> is 0.</summary>
    public static IReadOnlyList<string> SpecialSymbols { get; } = [Padding, Unknown, Begin, End];

    /// <summary>What a text is brought to before it is cut; the special symbols and tokens are not touched.</summary>
    /// <value>none</value>
    public Normalization Normalization { get; init; }

    /// <summary>V, the number of tokens, special symbols among them.</summary>
    [JsonIgnore]
    public abstract int Count { get; }

    /// <summary>What one token is.</summary>
    [JsonIgnore]
    public abstract TextUnit Unit { get; }

    /// <summary>The id of the token that ends a line; −1 when there is none.</summary>
    [JsonIgnore]
    public abstract int LineEnd { get; }

    /// <summary>True when a text begins without the space that its first token is spelled with.</summary>
    internal abstract bool DropsFirstSpace { get; }

    /// <summary>The id of a special symbol; −1 when this tokeniser has none of that name.</summary>
    /// <param name="symbol">For example <see cref="Padding"/>.</param>
    public abstract int IdOf(string symbol);

    /// <summary>Adds the ids of a text to a list, without a mark at its beginning or end. A line feed in the text becomes <see cref="LineEnd"/>.</summary>
    /// <param name="text">Any text. Half of a surrogate pair is read as U+FFFD.</param>
    /// <param name="ids">Receives the ids, each 0 … V − 1.</param>
    /// <exception cref="UnknownTokenException">A part of the text has no token and there is no <see cref="Unknown"/> to stand for it.</exception>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        Cut(Normalization == Normalization.None || Ascii.IsValid(text) ? text : TextNormalizer.Apply(text.ToString(), Normalization), ids);
    }

    /// <summary>The ids of a text.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{char}, List{int})"/>
    public int[] Encode(string text)
    {
        var ids = new List<int>();
        Encode(text, ids);
        return [.. ids];
    }

    /// <summary>Ids as the text they stand for: words with spaces between, characters and pieces side by side, lines ended.</summary>
    /// <param name="ids">Each 0 … V − 1. <see cref="Padding"/> and <see cref="Begin"/> stand for nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is none of this tokeniser.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var decoder = new TokenDecoder(this);
        foreach (int id in ids)
        {
            text.Append(decoder.Next(id));
        }

        return text.Append(decoder.Finish()).ToString();
    }

    /// <summary>Number of bytes that ids spell in UTF-8, the spaces of words and the ends of lines among them.</summary>
    /// <param name="ids">Each 0 … V − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is none of this tokeniser.</exception>
    public long BytesOf(ReadOnlySpan<int> ids)
    {
        long bytes = 0;
        foreach (int id in ids)
        {
            bytes += Spelling(id).Length;
        }

        return bytes;
    }

    /// <summary><see cref="Encode(ReadOnlySpan{char}, List{int})"/> of a text that is normalised.</summary>
    private protected abstract void Cut(ReadOnlySpan<char> text, List<int> ids);

    /// <summary>How a token is spelled, in UTF-8; perhaps not whole characters. A word has its space before it.</summary>
    /// <param name="id">0 … V − 1.</param>
    internal abstract ReadOnlySpan<byte> Spelling(int id);

    /// <summary>Reads a tokeniser from the fields of a JSON object.</summary>
    internal static Tokenizer Read(RecordReader json) => (json.Kind("type") switch
    {
        "word" => new WordTokenizer([]),
        "character" => new CharacterTokenizer([]),
        "byte_pair" => (Tokenizer)new BytePairTokenizer([], [], false),
        _ => throw RecordReader.Unexpected(),
    }).With(json);

    /// <summary>This record with the fields of a JSON object; those left out stay as they are.</summary>
    internal virtual Tokenizer With(RecordReader json) => this with { Normalization = json.Get(Normalization) };

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public virtual IEnumerable<string> Validate() => Enum.IsDefined(Normalization) ? [] : [$"tokenizer's normalization is {Normalization}, expected none, nfc or nfkc"];
}
