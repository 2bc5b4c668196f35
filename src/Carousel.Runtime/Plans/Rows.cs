using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>Float32 rows on 64-byte lines, filled up with zeros to whole lane groups.</summary>
/// <param name="start">First value of the first row.</param>
/// <param name="stride">Elements from one row to the next.</param>
/// <param name="tile">The one row packed for a product, in memory of this member's own, or null.</param>
internal readonly unsafe struct Rows(float* start, nint stride, float* tile = null)
{
    /// <summary>First value of the first row.</summary>
    public float* Start { get; } = start;

    /// <summary>Elements from one row to the next.</summary>
    public nint Stride { get; } = stride;

    /// <summary>The one row packed for a product, in memory of this member's own, or null.</summary>
    public float* Tile { get; } = tile;

    /// <summary>The rows from <paramref name="row"/> on.</summary>
    public Rows From(int row) => new(Start + (row * Stride), Stride);

    /// <summary>The rows from one of their columns on.</summary>
    public Rows FromColumn(int column) => new(Start + column, Stride);

    /// <summary>The first <paramref name="length"/> values of a row.</summary>
    public Span<float> Row(int row, int length) => new(Start + (row * Stride), length);

    /// <summary>The first rows as one span, from a column of the first to a column of the last: what a product writes to with <see cref="Stride"/>.</summary>
    public Span<float> Values(int count, int width, int column = 0) => new(Start + column, count == 0 ? 0 : checked((int)(((count - 1) * Stride) + width)));

    /// <summary>Some columns of the first rows.</summary>
    public Matrix Matrix(int count, int width, int column = 0) => new(Values(count, width, column), count, width, (int)Stride);

    /// <summary>Sets the first rows to zero, padding included.</summary>
    public void Clear(int count) => new Span<float>(Start, checked((int)(count * Stride))).Clear();

    /// <summary>Sets magnitudes below 2⁻¹⁰⁰ in the first rows to zero.</summary>
    public void Flush(StepKernels kernels, int count) => kernels.Flush(Start, Start, checked((int)(count * Stride)));
}
