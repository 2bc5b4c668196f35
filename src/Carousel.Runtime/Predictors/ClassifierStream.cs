using Carousel.Runtime.Plans;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Predictors;

/// <summary>
/// Classifies a sequence while it arrives: everything so far after each step, or window after window. A step allocates nothing and takes no lock. For one thread at a time.
/// </summary>
/// <remarks>
/// Windows that overlap are under way at the same time, each with a state of its own, so an answer costs one step when its last row comes, however long the window is.
/// </remarks>
public sealed class ClassifierStream
{
    private readonly CompiledModel _model;
    private readonly PlanMemory _memory;
    private readonly float[] _rows;
    private readonly int _hop, _windows;
    private long _taken;

    internal ClassifierStream(Classifier classifier, int window, int hop)
    {
        (Classifier, Window, _hop, _model) = (classifier, window, hop, classifier.Model);
        _windows = window == 0 ? 1 : window / hop;
        _memory = new PlanMemory(_model.Plan, _windows);
        _rows = new float[_windows * _model.InputSize];
    }

    /// <summary>The classifier it runs.</summary>
    public Classifier Classifier { get; }

    /// <summary>Time steps of a window; 0 when each answer is about everything so far.</summary>
    public int Window { get; }

    /// <summary>Takes a row of numbers.</summary>
    /// <param name="row">[features], in their units.</param>
    /// <param name="probabilities">[labels], written when there is an answer.</param>
    /// <returns>True when there is an answer: after every step, or when a window is complete.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or a number is not finite; the row was not taken.</exception>
    /// <exception cref="InvalidOperationException">The classifier reads text.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public bool Step(ReadOnlySpan<double> row, Span<float> probabilities)
    {
        Check(probabilities);
        if (row.Length != _model.InputSize)
        {
            throw new ArgumentException($"the row holds {row.Length} values, expected {_model.InputSize} ({string.Join(", ", Classifier.Config.Features)})", nameof(row));
        }

        Classifier.Scale(row, _rows.AsSpan(0, row.Length));
        return Advance(probabilities);
    }

    /// <summary>Takes a token of a text.</summary>
    /// <param name="id">As the tokeniser gives it; that of <see cref="Inputs.Tokenizer.End"/> after the last one.</param>
    /// <param name="probabilities">[labels], written when there is an answer.</param>
    /// <returns>True when there is an answer: after every step, or when a window is complete.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or the id is none of the tokeniser; the token was not taken.</exception>
    /// <exception cref="InvalidOperationException">The classifier reads numbers.</exception>
    /// <exception cref="ObjectDisposedException">The classifier has been disposed.</exception>
    public bool Step(int id, Span<float> probabilities)
    {
        Check(probabilities);
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Classifier.NeedTokenizer().Count);
        _rows[0] = id;
        return Advance(probabilities);
    }

    /// <summary>Forgets everything: the next step is the first.</summary>
    public void Reset()
    {
        _taken = 0;
        _memory.Reset(0);
    }

    private void Check(Span<float> probabilities)
    {
        ObjectDisposedException.ThrowIf(_model.IsDisposed, Classifier);
        if (probabilities.Length != Classifier.Labels.Count)
        {
            throw new ArgumentException($"there is room for {probabilities.Length} probabilities, expected {Classifier.Labels.Count}, one for each label", nameof(probabilities));
        }
    }

    // Window k of those under way begins at the steps k·hop, k·hop + window, …; before its first beginning it is advanced as well and set back when that comes.
    private bool Advance(Span<float> probabilities)
    {
        int width = _model.InputSize;
        ReadOnlySpan<float> row = _rows.AsSpan(0, width);
        for (int at = width; at < _rows.Length; at += width)
        {
            row.CopyTo(_rows.AsSpan(at));
        }

        if (Window > 0 && _taken % _hop == 0)
        {
            _memory.Reset((int)(_taken / _hop % _windows));
        }

        _taken++;
        if (Window > 0 && (_taken < Window || _taken % _hop != 0))
        {
            Run(0, _windows, []);
            return false;
        }

        int complete = Window == 0 ? 0 : (int)(_taken / _hop % _windows);
        Run(complete, 1, probabilities);
        Run(0, complete, []);
        Run(complete + 1, _windows - complete - 1, []);
        _model.Plan.Kernels.Softmax(probabilities, probabilities);
        return true;
    }

    private void Run(int first, int count, Span<float> logits)
    {
        if (count > 0)
        {
            _model.Plan.Run(_memory, first, count, _rows.AsSpan(0, count * _model.InputSize), logits);
        }
    }
}
