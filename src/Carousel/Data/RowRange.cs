namespace Carousel.Data;

/// <summary>Consecutive rows of a series.</summary>
/// <param name="Start">First row.</param>
/// <param name="End">Row after the last one.</param>
public readonly record struct RowRange(int Start, int End)
{
    /// <summary>Number of rows.</summary>
    public int Count => End - Start;
}
