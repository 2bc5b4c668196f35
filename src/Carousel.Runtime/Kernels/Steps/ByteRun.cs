namespace Carousel.Runtime.Kernels.Steps;

/// <summary>Panels in a row that a row is multiplied by.</summary>
internal unsafe struct ByteRun
{
    /// <summary>The first panel.</summary>
    public PanelPart Part;

    /// <summary>Number of panels, 1 or more.</summary>
    public int Count;

    /// <summary>Words from one panel to the next.</summary>
    public nint Stride;

    /// <summary>The row, as <see cref="ByteRow.Quantise"/> left it.</summary>
    public float* Tile;

    /// <summary>[count, columns], may be <see cref="C"/>.</summary>
    public float* Before;

    /// <summary>Elements of <see cref="Before"/> from one panel to the next: 0 when they share them.</summary>
    public nint BeforeStride;

    /// <summary>[count, columns], written.</summary>
    public float* C;
}
