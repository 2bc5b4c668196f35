using System.Diagnostics;
using Carousel.Runtime.Plans;

namespace Carousel.Runtime.Streams;

/// <summary>
/// The answer of a model over the last T time steps of an endless series, each window from the zero state: bit for bit what running all T steps anew gives, for
/// the price of one step between a tick and its answer.
/// </summary>
/// <remarks>
/// T partial states are kept, one for each window that is under way. A tick completes the oldest, which is one step; <see cref="Prepare"/> takes the same
/// tick through the T − 1 others, together as a batch, after the answer has left. Neither allocates. For one thread at a time.
/// </remarks>
public sealed class SlidingWindow : IDisposable
{
    private readonly PlanMemory _memory;
    private readonly float[] _tick, _ticks;
    private long _taken;
    private int _completed;
    private bool _isPrepared = true, _isDisposed;

    internal SlidingWindow(CompiledModel model, int steps)
    {
        (Model, Steps) = (model, steps);
        _memory = new PlanMemory(model.Plan, steps);
        _tick = new float[model.InputSize];
        _ticks = new float[steps * model.InputSize];
    }

    /// <summary>The model it runs.</summary>
    public CompiledModel Model { get; }

    /// <summary>T, time steps of a full window.</summary>
    public int Steps { get; }

    /// <summary>Time steps that the last answer was about: T once the window is full, fewer before.</summary>
    public int Filled => (int)Math.Min(_taken, Steps);

    /// <summary>Takes one tick and answers: one time step. Does what is left of <see cref="Prepare"/> first if it was not called.</summary>
    /// <param name="x">[<see cref="CompiledModel.InputSize"/>]</param>
    /// <param name="y">[<see cref="CompiledModel.OutputSize"/>], written: the output at this tick of the window that ends here.</param>
    /// <returns>True when the window was full; false when there were fewer than T ticks so far, and the answer is about those.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or an id is not in the table; the tick was not taken.</exception>
    /// <exception cref="ObjectDisposedException">The window or its model has been disposed.</exception>
    public bool Step(ReadOnlySpan<float> x, Span<float> y)
    {
        ThrowIfDisposed();
        StreamSizes.CheckStep(Model, x.Length, y.Length, streams: 1);
        Prepare();

        // The window of stream s begins at the ticks s, s + T, s + 2T …; before tick T the only window that ends with all ticks so far is the first one.
        _completed = _taken < Steps ? 0 : (int)((_taken + 1) % Steps);
        Model.Plan.Run(_memory, _completed, 1, x, y);
        x.CopyTo(_tick);
        _taken++;
        _isPrepared = false;
        GC.KeepAlive(this);
        return _taken >= Steps;
    }

    /// <summary>Takes the last tick through the windows that are still under way, so that the next answer costs one step. Does nothing when that is done.</summary>
    /// <exception cref="ObjectDisposedException">The window or its model has been disposed.</exception>
    public void Prepare()
    {
        ThrowIfDisposed();
        if (_isPrepared)
        {
            return;
        }

        // Streams that have not begun yet are advanced as well and set back when their first tick comes.
        Advance(0, _completed);
        Advance(_completed + 1, Steps - _completed - 1);
        _memory.Reset((int)(_taken % Steps));
        _isPrepared = true;
        GC.KeepAlive(this);
    }

    /// <summary>
    /// Measures what there is to do between two ticks, on another window over the same model: this one stays as it is. Nothing else should compute meanwhile.
    /// </summary>
    /// <param name="ticks">Ticks to measure, after a full window of them to warm up; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ticks"/> is below 1.</exception>
    /// <exception cref="ObjectDisposedException">The window or its model has been disposed.</exception>
    public WindowBudget MeasureBudget(int ticks = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ticks, 1);
        ThrowIfDisposed();
        using SlidingWindow other = Model.OpenWindow(Steps);
        float[] x = new float[Model.InputSize], y = new float[Model.OutputSize];
        double[] answers = new double[ticks], preparations = new double[ticks];
        for (int tick = -Steps; tick < ticks; tick++)
        {
            long start = Stopwatch.GetTimestamp();
            other.Step(x, y);
            long answered = Stopwatch.GetTimestamp();
            other.Prepare();
            if (tick >= 0)
            {
                (answers[tick], preparations[tick]) = (Stopwatch.GetElapsedTime(start, answered).TotalMicroseconds, Stopwatch.GetElapsedTime(answered).TotalMicroseconds);
            }
        }

        Array.Sort(answers);
        Array.Sort(preparations);
        return new WindowBudget(Steps, Percentile(answers, 50), Percentile(answers, 99), Percentile(preparations, 50), Percentile(preparations, 99));
    }

    /// <summary>Forgets all ticks.</summary>
    /// <exception cref="ObjectDisposedException">The window or its model has been disposed.</exception>
    public void Reset()
    {
        ThrowIfDisposed();
        for (int stream = 0; stream < Steps; stream++)
        {
            _memory.Reset(stream);
        }

        (_taken, _isPrepared) = (0, true);
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _isDisposed = true;

    private void Advance(int first, int count)
    {
        if (count == 0)
        {
            return;
        }

        Span<float> ticks = _ticks.AsSpan(0, count * _tick.Length);
        for (int at = 0; at < ticks.Length; at += _tick.Length)
        {
            _tick.CopyTo(ticks[at..]);
        }

        Model.Plan.Run(_memory, first, count, ticks, y: []);
    }

    // The smallest of the sorted durations that so many of a hundred do not exceed.
    private static double Percentile(double[] sorted, int percent) => sorted[(((sorted.Length * percent) + 99) / 100) - 1];

    private void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ObjectDisposedException.ThrowIf(Model.IsDisposed, Model);
    }
}
