using System.Security.Cryptography;
using System.Text;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.States;

namespace Carousel.Runtime.Decoding;

/// <summary>
/// A back-off n-gram language model (Katz 1987): the probability of a token after the tokens before it, p(w | h) = p*(w | h) where the n-gram hw is known, else
/// b(h)·p(w | h without its oldest token). Immutable. Read and written as ARPA text by <see cref="ArpaText"/>.
/// </summary>
public sealed class NGramModel : ILanguageModel
{
    /// <summary>The token before the first one.</summary>
    public const string Begin = "<s>";

    /// <summary>The token after the last one.</summary>
    public const string End = "</s>";

    /// <summary>ln p of what the model gives no probability at all.</summary>
    public const float Impossible = -99 * Ln10;

    private const int Root = 0;
    private const float Ln10 = 2.30258509f;

    // Each known n-gram is a node; its children continue it. The state of a text is the longest known n-gram, below the highest order, that it ends in.
    private readonly Dictionary<long, int> _children = [];
    private readonly List<float> _probabilities = [0], _backOffs = [0];
    private readonly List<int> _shorter = [Root], _depths = [0], _parents = [Root], _lastTokens = [-1];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _tokens = [];
    private readonly int _unknown, _end;
    private string? _fingerprint;

    /// <summary>Builds the model.</summary>
    /// <param name="unit">What it predicts.</param>
    /// <param name="order">Longest n-gram, 1 or more.</param>
    /// <param name="entries">All n-grams, each n-gram after every shorter one; ln p, and ln b for those that are continued.</param>
    /// <exception cref="ArgumentException">An n-gram is empty, longer than the order, comes twice or before its own beginning, or a number is none.</exception>
    public NGramModel(TextUnit unit, int order, IEnumerable<NGramEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        (Unit, Order) = (unit, order);
        foreach (NGramEntry entry in entries)
        {
            Add(entry);
        }

        _unknown = _ids.GetValueOrDefault(Tokenizer.Unknown, -1);
        _end = _ids.GetValueOrDefault(End, -1);
        for (int node = 1; node < _shorter.Count; node++)
        {
            // Parents come before children, and shorter n-grams before longer ones.
            _shorter[node] = _depths[node] == 1 ? Root : Follow(_shorter[_parents[node]], _lastTokens[node]);
        }

        Start = _ids.TryGetValue(Begin, out int begin) && order > 1 ? Follow(Root, begin) : Root;
    }

    /// <summary>What it predicts.</summary>
    public TextUnit Unit { get; }

    /// <summary>Longest n-gram.</summary>
    public int Order { get; }

    /// <summary>The state at the start of a text.</summary>
    public int Start { get; }

    /// <summary>Number of n-grams.</summary>
    public int Count => _depths.Count - 1;

    /// <summary>Every token, markers included; a token's id is its place.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The tokens a text can hold: all but the markers of beginning, end and the unknown.</summary>
    public IEnumerable<string> Words => _tokens.Where(static token => token is not (Begin or End or Tokenizer.Unknown));

    /// <summary>All n-grams, shorter ones first.</summary>
    public IEnumerable<NGramEntry> Entries => Enumerable.Range(1, Count).OrderBy(node => _depths[node]).Select(node => new NGramEntry(TokensOf(node), _probabilities[node], _backOffs[node]));

    /// <summary>The id of a token; −1 when it is not known.</summary>
    public int IdOf(string token) => _ids.GetValueOrDefault(token, -1);

    /// <summary>ln p of the end of the text.</summary>
    /// <param name="state">What came before.</param>
    public float ScoreEnd(int state) => Score(state, _end, out _);

    /// <summary>ln p of a token.</summary>
    /// <param name="state">What came before: <see cref="Start"/>, or what this method gave.</param>
    /// <param name="token">Its id; −1 for an unknown one.</param>
    /// <param name="next">The state after it.</param>
    public float Score(int state, int token, out int next)
    {
        token = token < 0 ? _unknown : token;
        float backOff = 0;
        while (token >= 0)
        {
            if (_children.TryGetValue(Key(state, token), out int found))
            {
                next = _depths[found] < Order ? found : _shorter[found];
                return backOff + _probabilities[found];
            }

            if (state == Root)
            {
                break;
            }

            backOff += _backOffs[state];
            state = _shorter[state];
        }

        next = Root;
        return backOff + Impossible;
    }

    /// <summary>ln p of a whole text, its end included.</summary>
    /// <param name="tokens">Ids; −1 for unknown ones.</param>
    public double ScoreText(IEnumerable<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        int state = Start;
        double sum = 0;
        foreach (int token in tokens)
        {
            sum += Score(state, token, out state);
        }

        return sum + ScoreEnd(state);
    }

    string ILanguageModel.Fingerprint => _fingerprint ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ArpaText.Write(this))));

    int ILanguageModel.TokenOf(string word) => IdOf(word);

    LanguageMemory ILanguageModel.Open(int texts) => new Memory(this);

    private static long Key(int node, int token) => ((long)node << 32) | (uint)token;

    private void Add(NGramEntry entry)
    {
        if (entry.Tokens.Count < 1 || entry.Tokens.Count > Order || !float.IsFinite(entry.LogProbability) || entry.LogProbability > 1e-3f || !float.IsFinite(entry.LogBackOff))
        {
            throw new ArgumentException($"the n-gram '{string.Join(' ', entry.Tokens)}' has {entry.Tokens.Count} tokens, ln p {entry.LogProbability} and ln b {entry.LogBackOff}, expected 1 … {Order} tokens, ln p ≤ 0 and a finite number");
        }

        int node = Root;
        for (int at = 0; at + 1 < entry.Tokens.Count; at++)
        {
            node = _ids.TryGetValue(entry.Tokens[at], out int id) && _children.TryGetValue(Key(node, id), out int child)
                ? child
                : throw new ArgumentException($"the n-gram '{string.Join(' ', entry.Tokens)}' comes before '{string.Join(' ', entry.Tokens.Take(at + 1))}', with which it begins");
        }

        if (!_ids.TryGetValue(entry.Tokens[^1], out int last))
        {
            last = _ids[entry.Tokens[^1]] = _tokens.Count;
            _tokens.Add(entry.Tokens[^1]);
        }

        if (!_children.TryAdd(Key(node, last), _depths.Count))
        {
            throw new ArgumentException($"the n-gram '{string.Join(' ', entry.Tokens)}' comes twice");
        }

        _probabilities.Add(entry.LogProbability);
        _backOffs.Add(entry.LogBackOff);
        _shorter.Add(Root);
        _depths.Add(_depths[node] + 1);
        _parents.Add(node);
        _lastTokens.Add(last);
    }

    // The longest known n-gram that ends in the one of a node and a token.
    private int Follow(int node, int token)
    {
        while (true)
        {
            if (_children.TryGetValue(Key(node, token), out int found))
            {
                return found;
            }

            if (node == Root)
            {
                return Root;
            }

            node = _shorter[node];
        }
    }

    private string[] TokensOf(int node)
    {
        string[] tokens = new string[_depths[node]];
        for (int at = tokens.Length - 1; at >= 0; at--)
        {
            tokens[at] = _tokens[_lastTokens[node]];
            node = _parents[node];
        }

        return tokens;
    }
    /// <summary>A state says everything.</summary>
    private sealed class Memory(NGramModel model) : LanguageMemory
    {
        public override LanguageContext Start => new(model.Start);

        public override float Score(LanguageContext context, int token, out LanguageContext next)
        {
            float score = model.Score(context.State, token, out int state);
            next = new LanguageContext(state);
            return score;
        }

        public override float ScoreEnd(LanguageContext context) => model.ScoreEnd(context.State);

        public override LanguageMemory Copy() => this;

        public override void Save(StateWriter state, ReadOnlySpan<LanguageContext> contexts)
        {
            foreach (LanguageContext context in contexts)
            {
                state.Long(context.State);
            }
        }

        public override void Restore(StateReader state, Span<LanguageContext> contexts)
        {
            foreach (ref LanguageContext context in contexts)
            {
                context = new LanguageContext(state.Int(0, model.Count));
            }
        }
    }
}
