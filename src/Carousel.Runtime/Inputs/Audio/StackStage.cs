using Carousel.Runtime.States;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>Joins consecutive frames into one; the last is filled up with its last frame.</summary>
/// <param name="width">Numbers of a frame coming in.</param>
/// <param name="count">Frames joined.</param>
internal sealed class StackStage(int width, int count) : FrameStage
{
    private readonly float[] _frames = new float[width * count];
    private int _held;

    /// <inheritdoc/>
    public override int Width => _frames.Length;

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<float> frame, Span<float> output)
    {
        frame.CopyTo(_frames.AsSpan(_held * width));
        _held++;
        if (_held < count)
        {
            return false;
        }

        _frames.CopyTo(output);
        _held = 0;
        return true;
    }

    /// <inheritdoc/>
    public override bool Flush(Span<float> output)
    {
        if (_held == 0)
        {
            return false;
        }

        ReadOnlySpan<float> last = _frames.AsSpan((_held - 1) * width, width);
        for (; _held < count; _held++)
        {
            last.CopyTo(_frames.AsSpan(_held * width));
        }

        _frames.CopyTo(output);
        _held = 0;
        return true;
    }

    /// <inheritdoc/>
    public override void Reset() => _held = 0;

    /// <inheritdoc/>
    public override void Save(StateWriter state)
    {
        state.Long(_held);
        state.Values<float>(_frames.AsSpan(0, _held * width));
    }

    /// <inheritdoc/>
    public override void Restore(StateReader state)
    {
        _held = state.Int(0, count - 1);
        state.Singles(_frames.AsSpan(0, _held * width));
    }
}
