namespace Carousel.Runtime.Plans;

/// <summary>Float32 rows on 64-byte lines, filled up with zeros to whole lane groups.</summary>
/// <param name="start">First value of the first row.</param>
/// <param name="stride">Elements from one row to the next.</param>
internal readonly unsafe struct Rows(float* start, nint stride)
{
    /// <summary>First value of the first row.</summary>
    public float* Start { get; } = start;

    /// <summary>Elements from one row to the next.</summary>
    public nint Stride { get; } = stride;

    /// <summary>The rows from <paramref name="row"/> on.</summary>
    public Rows From(int row) => new(Start + (row * Stride), Stride);

    /// <summary>The first <paramref name="length"/> values of a row.</summary>
    public Span<float> Row(int row, int length) => new(Start + (row * Stride), length);
}
