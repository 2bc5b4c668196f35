namespace Carousel.Numerics;

/// <summary>Pinned float32 memory that starts on a 64-byte line, as wide vectors like it.</summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Line = 64;
    private readonly float[] _array;
    private readonly int _start;

    public AlignedBuffer(int length)
    {
        (Length, Capacity) = (length, length);
        _array = GC.AllocateArray<float>(length + (Line / sizeof(float)), pinned: true);
        fixed (float* first = _array)
        {
            _start = (int)((Line - ((nuint)first % Line)) % Line) / sizeof(float);
        }
    }

    /// <summary>Elements in use; 0 … <see cref="Capacity"/>.</summary>
    public int Length { get; set; }

    public int Capacity { get; }

    public Span<float> Span => _array.AsSpan(_start, Length);
}
