using Carousel.Runtime.Plans;

namespace Carousel.Runtime.Streams;

/// <summary>
/// One sequence on its way through a model, time step after time step. It owns its state and shares the weights. A step allocates nothing and takes no lock.
/// For one thread at a time.
/// </summary>
public sealed class ModelStream : IDisposable
{
    private readonly PlanMemory _memory;
    private ChunkMemory? _chunk;
    private bool _isDisposed;

    internal ModelStream(CompiledModel model)
    {
        Model = model;
        _memory = new PlanMemory(model.Plan, capacity: 1);
    }

    /// <summary>The model it runs.</summary>
    public CompiledModel Model { get; }

    /// <summary>Takes one time step.</summary>
    /// <param name="x">[<see cref="CompiledModel.InputSize"/>]</param>
    /// <param name="y">[<see cref="CompiledModel.OutputSize"/>], written.</param>
    /// <exception cref="ArgumentException">A length does not fit, or an id is not in the table; the state is as before.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its model has been disposed.</exception>
    public void Step(ReadOnlySpan<float> x, Span<float> y)
    {
        ThrowIfDisposed();
        StreamSizes.CheckStep(Model, x.Length, y.Length, streams: 1);
        Model.Plan.Run(_memory, 0, 1, x, y);
        GC.KeepAlive(this);
    }

    /// <summary>Takes several time steps: the same bits as that many calls of <see cref="Step"/>, often sooner. The first such call may allocate buffers.</summary>
    /// <param name="x">[T, <see cref="CompiledModel.InputSize"/>]</param>
    /// <param name="y">[T, <see cref="CompiledModel.OutputSize"/>], written.</param>
    /// <exception cref="ArgumentException">A length does not fit, or an id is not in the table; in the second case the steps before it have been taken.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its model has been disposed.</exception>
    public void Run(ReadOnlySpan<float> x, Span<float> y)
    {
        ThrowIfDisposed();
        int steps = StreamSizes.Steps(Model, x.Length, y.Length, streams: 1), inputs = Model.InputSize, outputs = Model.OutputSize;
        if (steps > 1 && Model.Plan.HasChunks)
        {
            _chunk ??= Model.Plan.NewChunkMemory();
        }

        for (int step = 0; step < steps;)
        {
            int count = _chunk is null ? 1 : Math.Min(ChunkMemory.MostSteps, steps - step);
            ReadOnlySpan<float> from = x.Slice(step * inputs, count * inputs);
            Span<float> to = y.Slice(step * outputs, count * outputs);
            if (_chunk is null)
            {
                Model.Plan.Run(_memory, 0, 1, from, to);
            }
            else
            {
                Model.Plan.RunChunk(_memory, _chunk, from, to, count);
            }

            step += count;
        }

        GC.KeepAlive(this);
    }

    /// <summary>Back to the zero state, in which it was opened.</summary>
    /// <exception cref="ObjectDisposedException">The stream or its model has been disposed.</exception>
    public void Reset()
    {
        ThrowIfDisposed();
        _memory.Reset(0);
    }

    /// <summary>A copy of the state.</summary>
    /// <exception cref="ObjectDisposedException">The stream or its model has been disposed.</exception>
    public StreamState Snapshot()
    {
        ThrowIfDisposed();
        return StreamState.Of(Model, _memory, 0);
    }

    /// <summary>Continues from a state of the same model, whichever stream it is from.</summary>
    /// <param name="state">What <see cref="Snapshot"/> gave, or <see cref="StreamState.Load(string, CompiledModel)"/>.</param>
    /// <exception cref="ArgumentException">The state is another model's.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its model has been disposed.</exception>
    public void Restore(StreamState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ThrowIfDisposed();
        state.CopyTo(Model, _memory, 0);
    }

    /// <summary>Refuses all further use.</summary>
    public void Dispose() => _isDisposed = true;

    /// <summary>Takes one time step whose output nobody needs: the layers after the last one with a state rest.</summary>
    internal void Absorb(ReadOnlySpan<float> x)
    {
        ThrowIfDisposed();
        Model.Plan.Run(_memory, 0, 1, x, []);
        GC.KeepAlive(this);
    }

    internal PlanMemory Memory => _memory;

    private void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ObjectDisposedException.ThrowIf(Model.IsDisposed, Model);
    }
}
