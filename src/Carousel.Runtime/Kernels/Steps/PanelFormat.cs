namespace Carousel.Runtime.Kernels.Steps;

/// <summary>How panels hold their weights.</summary>
internal enum PanelFormat
{
    /// <summary>float32: [depth, columns].</summary>
    Single,

    /// <summary>bfloat16, two to a word: [depth / 2, columns], the even k in the lower half, the odd one in the upper half.</summary>
    BrainPairs,

    /// <summary>
    /// int8 with one scale per column: the scales [columns] as float32, the corrections [columns] as int32, then [⌈depth / 4⌉, columns, 4], four consecutive k of a column
    /// beside each other, filled up with zeros. What they multiply is int8 too, with one scale per row: see <see cref="ByteRow"/>.
    /// </summary>
    Bytes,

    /// <summary>
    /// int4 with one scale per column: the scales [columns] as float32, then [⌈depth / 8⌉, columns, 4], each byte two weights, k in the lower half and k + 4 in the upper one,
    /// zero being 8. What they multiply is int8: see <see cref="NibbleColumn"/>.
    /// </summary>
    Nibbles,
}

/// <summary>What follows from a format.</summary>
internal static class PanelFormats
{
    /// <summary>True when rows are rounded to int8 before they are multiplied.</summary>
    public static bool RoundsRows(this PanelFormat format) => format is PanelFormat.Bytes or PanelFormat.Nibbles;
}
