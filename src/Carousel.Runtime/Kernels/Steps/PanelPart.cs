namespace Carousel.Runtime.Kernels.Steps;

/// <summary>One panel's weights for one of the vectors it is multiplied by.</summary>
/// <param name="start">First word, on a 64-byte line.</param>
/// <param name="lanes">Lane groups, 1 … 4.</param>
/// <param name="depth">K</param>
/// <param name="format">How the weights are held.</param>
internal readonly unsafe struct PanelPart(float* start, int lanes, int depth, PanelFormat format)
{
    /// <summary>First word, on a 64-byte line.</summary>
    public float* Start { get; } = start;

    /// <summary>Lane groups, 1 … 4.</summary>
    public int Lanes { get; } = lanes;

    /// <summary>K</summary>
    public int Depth { get; } = depth;

    /// <summary>How the weights are held.</summary>
    public PanelFormat Format { get; } = format;

    /// <summary>Columns, which is also the number of words of a row.</summary>
    public int Columns => Lanes * Panels.Lane;

    /// <summary>One scale per column, of int8 and int4 weights.</summary>
    public float* Scales => Start;

    /// <summary>Where the sum of each column of int8 weights starts.</summary>
    public int* Corrections => (int*)(Start + Columns);

    /// <summary>int8 weights [⌈depth / 4⌉, columns, 4].</summary>
    public sbyte* Bytes => (sbyte*)(Start + (2 * Columns));

    /// <summary>int4 weights [⌈depth / 8⌉, columns, 4].</summary>
    public byte* Nibbles => (byte*)(Start + Columns);

    /// <summary>Words of int8 or int4 weights of one column.</summary>
    public int Words => Format == PanelFormat.Nibbles ? NibbleColumn.Octets(Depth) : ByteRow.Quads(Depth);

    /// <summary>The same part of a panel that begins some words later.</summary>
    public PanelPart Next(nint words) => new(Start + words, Lanes, Depth, Format);

    /// <summary>The words of the slab that begins at k, which is even; not for bytes, which have no slabs.</summary>
    public float* Slab(int k) => Start + ((nint)(Format == PanelFormat.Single ? k : k / 2) * Columns);
}
