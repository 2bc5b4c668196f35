using Carousel.Runtime.Decoding;
using Carousel.Runtime.Plans;

namespace Carousel.Runtime.Streams;

/// <summary>
/// Translations on their way through a model, token after token: hypotheses in rows that take each step together, each with its own sentence and state. Each row gets the
/// bits it would get alone. A step allocates nothing and takes no lock. For one thread at a time.
/// </summary>
/// <remarks>Before the first step, row i is the beginning of the translation of sentence i.</remarks>
public sealed class DecoderStream : ITokenPredictor, IDisposable
{
    private readonly PlanMemory _memory;
    private readonly (float[] State, DecoderSource? Source)[] _sentences;
    private readonly float[] _ids, _spare;
    private readonly DecoderSource?[] _spareSources;
    private Rows _output;
    private int _rows;
    private bool _hasStepped, _isDisposed;

    internal DecoderStream(CompiledModel model, IReadOnlyList<IReadOnlyList<int>> sentences, int rows)
    {
        Model = model;
        _sentences = model.Plan.Sentences!.Read(sentences);
        int longest = _sentences.Max(sentence => sentence.Source?.Steps ?? 0);
        _memory = new PlanMemory(model.Plan, rows) { Sources = new DecoderSource?[rows], Looked = longest == 0 ? null : new SequenceBuffer(rows, longest) };
        (_ids, _spare, _spareSources) = (new float[rows], new float[rows * model.Plan.Layout.StateLength], new DecoderSource?[rows]);
        _rows = sentences.Count;
        float[] start = new float[model.Plan.Layout.Slots.Sum(static slot => slot.Width)];
        for (int row = 0; row < _rows; row++)
        {
            // What the bridge does not set, the attentional vector, starts at zero.
            (float[] state, _memory.Sources[row]) = _sentences[row];
            state.CopyTo(start, 0);
            _memory.Restore(row, start);
        }
    }

    /// <summary>The model it runs.</summary>
    public CompiledModel Model { get; }

    /// <inheritdoc/>
    public int VocabularySize => Model.OutputSize;

    /// <summary>Most rows of a step.</summary>
    public int MostRows => _ids.Length;

    /// <summary>Takes one step of every row.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are more rows than there is room for, or an origin or a token that does not exist; the state is as before.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its model has been disposed.</exception>
    public void Step(ReadOnlySpan<int> origins, ReadOnlySpan<int> tokens)
    {
        ThrowIfDisposed();
        Check(origins, tokens);
        _memory.Continue(origins, _spare, _spareSources);
        for (int row = 0; row < tokens.Length; row++)
        {
            _ids[row] = tokens[row];
        }

        _output = Model.Plan.RunRows(_memory, tokens.Length, _ids.AsSpan(0, tokens.Length));
        (_rows, _hasStepped) = (tokens.Length, true);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> LogProbabilities(int row)
    {
        ThrowIfNotStepped(row);
        return _output.Row(row, VocabularySize);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Attention(int row)
    {
        ThrowIfNotStepped(row);
        return _memory.Sources[row] is { } source ? _memory.Looked!.Rows.Row(row, source.Steps) : [];
    }

    /// <summary>A copy of the state of one row.</summary>
    /// <param name="row">A row of the last step.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its model has been disposed.</exception>
    public StreamState Snapshot(int row)
    {
        ThrowIfDisposed();
        ThrowIfOutside(row, _rows);
        return StreamState.Of(Model, _memory, row);
    }

    /// <summary>Lets one row go on from a state of the same model.</summary>
    /// <param name="row">A row of the last step.</param>
    /// <param name="state">From any row of any stream of the model.</param>
    /// <param name="sentence">The sentence that the row translates from now on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or sentence.</exception>
    /// <exception cref="ArgumentException">The state is another model's.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its model has been disposed.</exception>
    public void Restore(int row, StreamState state, int sentence)
    {
        ArgumentNullException.ThrowIfNull(state);
        ThrowIfDisposed();
        ThrowIfOutside(row, _rows);
        ThrowIfOutside(sentence, _sentences.Length);
        state.CopyTo(Model, _memory, row);
        _memory.Sources[row] = _sentences[sentence].Source;
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _isDisposed = true;

    private void Check(ReadOnlySpan<int> origins, ReadOnlySpan<int> tokens)
    {
        if (tokens.Length == 0 || tokens.Length > MostRows || origins.Length != tokens.Length)
        {
            throw new ArgumentException($"found {origins.Length} origins and {tokens.Length} tokens, expected as many of each, 1 … {MostRows}");
        }

        for (int row = 0; row < tokens.Length; row++)
        {
            ThrowIfOutside(origins[row], _rows);
            if (tokens[row] < 0 || tokens[row] >= VocabularySize)
            {
                throw new ArgumentException($"the token {tokens[row]} is not in the target table, expected 0 … {VocabularySize - 1}", nameof(tokens));
            }
        }
    }

    private void ThrowIfNotStepped(int row)
    {
        ThrowIfOutside(row, _hasStepped ? _rows : 0);
    }

    private static void ThrowIfOutside(int row, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, count);
    }

    private void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ObjectDisposedException.ThrowIf(Model.IsDisposed, Model);
    }
}
