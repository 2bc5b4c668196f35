using System.Runtime.InteropServices;
using Carousel.Runtime.States;

namespace Carousel.Runtime.Predictors;

/// <summary>Takes what comes out of the network, time step by time step.</summary>
internal delegate void LogitsHandler(ReadOnlySpan<float> logits);

/// <summary>
/// Runs a network that needs whole sequences over one without end: it sees past, chunk and look-ahead together, and what it says of the chunk is passed on.
/// </summary>
internal sealed class ChunkRunner
{
    private readonly Transcriber _transcriber;
    private readonly LogitsHandler _hear;
    private readonly int _chunk, _ahead, _past, _stride, _width;
    private readonly List<float> _steps = [];

    // Time steps before the ones that are kept, and the first one that has not been passed on.
    private long _dropped, _next;

    /// <summary>Prepares to run.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative, not finite, or the chunk is empty.</exception>
    public ChunkRunner(Transcriber transcriber, ChunkedListening chunks, LogitsHandler hear)
    {
        (_transcriber, _hear, _width) = (transcriber, hear, transcriber.Model.InputSize);
        double seconds = transcriber.Config.Features.StepSeconds;
        _stride = Math.Max(1, (int)Math.Round(transcriber.Config.StepSeconds / seconds));
        (_chunk, _ahead, _past) = (Math.Max(_stride, Steps(chunks.ChunkSeconds)), Steps(chunks.LookAheadSeconds), Steps(chunks.PastSeconds));
        DelaySeconds = (_chunk + _ahead) * seconds;

        // A chunk begins where a time step of the output does.
        int Steps(double length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 3600.0);
            return (int)Math.Ceiling(length / seconds / _stride) * _stride;
        }
    }

    /// <summary>Seconds from the first sample of a chunk to when it can be passed on.</summary>
    public double DelaySeconds { get; }

    /// <summary>Takes a time step of the input.</summary>
    public void Take(ReadOnlySpan<float> step)
    {
        _steps.AddRange(step);
        if (Held - _next >= _chunk + _ahead)
        {
            Run(_chunk);
            Drop();
        }
    }

    /// <summary>Passes on what is left, and begins anew.</summary>
    public void Finish()
    {
        int left = (int)(Held - _next);
        if (left > 0)
        {
            Run(left);
        }

        _steps.Clear();
        (_dropped, _next) = (0, 0);
    }

    /// <summary>Writes the time steps that are still needed.</summary>
    public void Save(StateWriter state)
    {
        state.Long(_dropped);
        state.Long(_next);
        state.Long(_steps.Count / _width);
        state.Values<float>(CollectionsMarshal.AsSpan(_steps));
    }

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    public void Restore(StateReader state)
    {
        _dropped = state.Long(0, long.MaxValue / 2);
        _next = state.Long(_dropped, _dropped + _past);
        CollectionsMarshal.SetCount(_steps, state.Int((int)(_next - _dropped), state.Left / (sizeof(float) * _width)) * _width);
        state.Singles(CollectionsMarshal.AsSpan(_steps));
    }

    private long Held => _dropped + (_steps.Count / _width);

    private void Run(int count)
    {
        int steps = _steps.Count / _width, outputs = _transcriber.Model.OutputSteps(steps), classes = _transcriber.Model.OutputSize;
        float[] logits = new float[outputs * classes];
        if (outputs > 0)
        {
            _transcriber.Model.Run(CollectionsMarshal.AsSpan(_steps), logits);
        }

        int first = (int)(_next - _dropped) / _stride, end = Math.Min(outputs, (int)(_next - _dropped + count + _stride - 1) / _stride);
        for (int at = first; at < end; at++)
        {
            _hear(logits.AsSpan(at * classes, classes));
        }

        _next += count;
    }

    private void Drop()
    {
        long drop = Math.Max(0, _next - _past - _dropped);
        _steps.RemoveRange(0, (int)drop * _width);
        _dropped += drop;
    }
}
