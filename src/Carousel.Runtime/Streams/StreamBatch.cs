using Carousel.Runtime.Plans;

namespace Carousel.Runtime.Streams;

/// <summary>
/// Streams that take each time step together: the weights are read once for all of them. Each stream gets the bits it would get alone.
/// A step allocates nothing and takes no lock. For one thread at a time.
/// </summary>
public sealed class StreamBatch : IDisposable
{
    private readonly PlanMemory _memory;
    private bool _isDisposed;

    internal StreamBatch(CompiledModel model, int streams)
    {
        (Model, Streams) = (model, streams);
        _memory = new PlanMemory(model.Plan, streams);
    }

    /// <summary>The model they run.</summary>
    public CompiledModel Model { get; }

    /// <summary>B, number of streams.</summary>
    public int Streams { get; }

    /// <summary>Takes one time step of every stream.</summary>
    /// <param name="x">[B, <see cref="CompiledModel.InputSize"/>]</param>
    /// <param name="y">[B, <see cref="CompiledModel.OutputSize"/>], written.</param>
    /// <exception cref="ArgumentException">A length does not fit, or an id is not in the table; the state is as before.</exception>
    /// <exception cref="ObjectDisposedException">The batch or its model has been disposed.</exception>
    public void Step(ReadOnlySpan<float> x, Span<float> y) => Step(0, Streams, x, y);

    /// <summary>Takes one time step of some neighbouring streams; the others stay where they are.</summary>
    /// <param name="first">First stream that takes part, 0 … B − 1.</param>
    /// <param name="count">Number of streams that take part, 1 … B − <paramref name="first"/>.</param>
    /// <param name="x">[count, <see cref="CompiledModel.InputSize"/>]</param>
    /// <param name="y">[count, <see cref="CompiledModel.OutputSize"/>], written.</param>
    /// <exception cref="ArgumentOutOfRangeException">The streams asked for are not all there.</exception>
    /// <exception cref="ArgumentException">A length does not fit, or an id is not in the table; the state is as before.</exception>
    /// <exception cref="ObjectDisposedException">The batch or its model has been disposed.</exception>
    public void Step(int first, int count, ReadOnlySpan<float> x, Span<float> y)
    {
        ThrowIfDisposed();
        ThrowIfOutside(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Streams - first);
        StreamSizes.CheckStep(Model, x.Length, y.Length, count);
        Model.Plan.Run(_memory, first, count, x, y);
        GC.KeepAlive(this);
    }

    /// <summary>Sets one stream back to the zero state.</summary>
    /// <param name="stream">0 … B − 1</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stream.</exception>
    /// <exception cref="ObjectDisposedException">The batch or its model has been disposed.</exception>
    public void Reset(int stream)
    {
        ThrowIfDisposed();
        ThrowIfOutside(stream);
        _memory.Reset(stream);
    }

    /// <summary>A copy of the state of one stream.</summary>
    /// <param name="stream">0 … B − 1</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stream.</exception>
    /// <exception cref="ObjectDisposedException">The batch or its model has been disposed.</exception>
    public StreamState Snapshot(int stream)
    {
        ThrowIfDisposed();
        ThrowIfOutside(stream);
        return StreamState.Of(Model, _memory, stream);
    }

    /// <summary>Lets one stream continue from a state of the same model.</summary>
    /// <param name="stream">0 … B − 1</param>
    /// <param name="state">From any stream of the model.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stream.</exception>
    /// <exception cref="ArgumentException">The state is another model's.</exception>
    /// <exception cref="ObjectDisposedException">The batch or its model has been disposed.</exception>
    public void Restore(int stream, StreamState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ThrowIfDisposed();
        ThrowIfOutside(stream);
        state.CopyTo(Model, _memory, stream);
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _isDisposed = true;

    private void ThrowIfOutside(int stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stream);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stream, Streams);
    }

    private void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ObjectDisposedException.ThrowIf(Model.IsDisposed, Model);
    }
}
