using Carousel.Runtime.States;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>
/// Appends to each frame the slope of its last features, the straight line fitted to the frames around it: d[t] = Σₙ n·(x[t + n] − x[t − n]) / (2·Σₙ n²), n = 1 … reach
/// (Young et al., HTK Book). Before the first frame stands the first, after the last the last.
/// </summary>
/// <param name="width">Numbers of a frame coming in.</param>
/// <param name="features">The last so many of them get slopes.</param>
/// <param name="reach">Frames before and after.</param>
internal sealed class DeltaStage(int width, int features, int reach) : FrameStage
{
    private readonly float[] _frames = new float[((2 * reach) + 1) * width];
    private readonly double _scale = 1.0 / (2 * Enumerable.Range(1, reach).Sum(n => n * n));

    // Frame number t stands at row t mod (2·reach + 1); numbers begin at −reach.
    private long _last;
    private bool _isStarted;
    private int _flushed;

    /// <inheritdoc/>
    public override int Width => width + features;

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<float> frame, Span<float> output)
    {
        if (!_isStarted)
        {
            (_isStarted, _last, _flushed) = (true, -1, 0);
            for (int row = 0; row <= reach; row++)
            {
                frame.CopyTo(Row(-row));
            }
        }

        _last++;
        frame.CopyTo(Row(_last));
        return Slopes(output);
    }

    /// <inheritdoc/>
    public override bool Flush(Span<float> output)
    {
        while (_isStarted && _flushed < reach)
        {
            _flushed++;
            Row(_last).CopyTo(Row(_last + 1));
            _last++;
            if (Slopes(output))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override void Reset() => _isStarted = false;

    /// <inheritdoc/>
    public override void Save(StateWriter state)
    {
        state.Bool(_isStarted);
        if (_isStarted)
        {
            state.Long(_last);
            state.Long(_flushed);
            for (long number = First; number <= _last; number++)
            {
                state.Values<float>(Row(number));
            }
        }
    }

    /// <inheritdoc/>
    public override void Restore(StateReader state)
    {
        _isStarted = state.Bool();
        if (_isStarted)
        {
            _last = state.Long(0, long.MaxValue / 2);
            _flushed = state.Int(0, reach);
            for (long number = First; number <= _last; number++)
            {
                state.Singles(Row(number));
            }
        }
    }

    // The oldest frame that is kept.
    private long First => Math.Max(-reach, _last - (2 * reach));

    private Span<float> Row(long number)
    {
        int rows = (2 * reach) + 1;
        return _frames.AsSpan((int)((number + rows) % rows) * width, width);
    }

    private bool Slopes(Span<float> output)
    {
        long now = _last - reach;
        if (now < 0)
        {
            return false;
        }

        Row(now).CopyTo(output);
        for (int i = 0; i < features; i++)
        {
            double sum = 0;
            for (int n = 1; n <= reach; n++)
            {
                sum += n * ((double)Row(now + n)[width - features + i] - Row(now - n)[width - features + i]);
            }

            output[width + i] = (float)(sum * _scale);
        }

        return true;
    }
}
