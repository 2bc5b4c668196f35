using Carousel.Numerics;

namespace Carousel.Autograd;

/// <summary>Buffers by length, handed out and taken back, so that training steps of one shape allocate only once.</summary>
internal sealed class TensorPool
{
    private readonly Dictionary<int, Stack<AlignedBuffer>> _free = [];

    /// <summary>All memory ever made, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory whose content is whatever the last user left.</summary>
    public AlignedBuffer Take(int length)
    {
        if (_free.TryGetValue(length, out Stack<AlignedBuffer>? stack) && stack.TryPop(out AlignedBuffer? buffer))
        {
            return buffer;
        }

        Bytes += (long)length * sizeof(float);
        return new AlignedBuffer(length);
    }

    public void Return(AlignedBuffer buffer)
    {
        if (!_free.TryGetValue(buffer.Length, out Stack<AlignedBuffer>? stack))
        {
            _free[buffer.Length] = stack = new Stack<AlignedBuffer>();
        }

        stack.Push(buffer);
    }
}
