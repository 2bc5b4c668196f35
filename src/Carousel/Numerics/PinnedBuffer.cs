namespace Carousel.Numerics;

/// <summary>Pinned float32 memory of the collected heap that starts on a 64-byte line, as wide vectors like it: spans of it stay valid whoever else lets go of it.</summary>
internal sealed unsafe class PinnedBuffer
{
    private const int Line = 64, Floats = Line / sizeof(float);
    private readonly float[] _array;
    private readonly int _start;

    public PinnedBuffer(int length)
    {
        Length = length;
        _array = GC.AllocateArray<float>(length + Floats, pinned: true);
        fixed (float* first = _array)
        {
            _start = (int)((Line - ((nuint)first % Line)) % Line) / sizeof(float);
        }
    }

    private PinnedBuffer(float[] array, int start, int length) => (_array, _start, Length) = (array, start, length);

    public int Length { get; }

    public Span<float> Span => _array.AsSpan(_start, Length);

    /// <summary>The next place at which a line begins.</summary>
    public static int RoundUp(int start) => (int)Math.Min(int.MaxValue, ((long)start + Floats - 1) / Floats * Floats);

    /// <summary>A part of this memory.</summary>
    /// <param name="start">Where it begins: a multiple of 16.</param>
    /// <param name="length">Its elements.</param>
    public PinnedBuffer Part(int start, int length) => new(_array, _start + start, length);
}
