using System.Numerics;
using Carousel.Numerics;

namespace Carousel.Autograd;

/// <summary>
/// Buffers by size, handed out and taken back, so that training steps of one shape allocate only once. Sizes are rounded up to eighths of a power of two, so that steps of
/// all shapes, as batches of sentences have, soon allocate no more either.
/// </summary>
internal sealed class TensorPool
{
    private readonly Dictionary<int, Stack<AlignedBuffer>> _free = [];

    /// <summary>All memory ever made, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory whose content is whatever the last user left.</summary>
    public AlignedBuffer Take(int length)
    {
        int capacity = Capacity(length);
        if (!_free.TryGetValue(capacity, out Stack<AlignedBuffer>? stack) || !stack.TryPop(out AlignedBuffer? buffer))
        {
            Bytes += (long)capacity * sizeof(float);
            buffer = new AlignedBuffer(capacity);
        }

        buffer.Length = length;
        return buffer;
    }

    public void Return(AlignedBuffer buffer)
    {
        if (!_free.TryGetValue(buffer.Capacity, out Stack<AlignedBuffer>? stack))
        {
            _free[buffer.Capacity] = stack = new Stack<AlignedBuffer>();
        }

        stack.Push(buffer);
    }

    private static int Capacity(int length)
    {
        int step = Math.Max(16, 1 << Math.Max(0, BitOperations.Log2((uint)length) - 3));
        return (int)Math.Min(Array.MaxLength - 64, ((long)length + step - 1) / step * step);
    }
}
