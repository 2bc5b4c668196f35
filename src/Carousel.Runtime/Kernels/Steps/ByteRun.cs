namespace Carousel.Runtime.Kernels.Steps;

/// <summary>Panels in a row that a row is multiplied by, or two rows, whose products are added: first that of <see cref="First"/>, then that of <see cref="Second"/>.</summary>
internal unsafe struct ByteRun
{
    /// <summary>The first panel.</summary>
    public PanelPart First;

    /// <summary>The row it is multiplied by, as <see cref="ByteRow.Quantise"/> left it.</summary>
    public float* FirstTile;

    /// <summary>What is multiplied by the second row; of depth 0 when there is none.</summary>
    public PanelPart Second;

    /// <summary>The second row.</summary>
    public float* SecondTile;

    /// <summary>Number of panels, 1 or more.</summary>
    public int Count;

    /// <summary>Words from one panel to the next.</summary>
    public nint Stride;

    /// <summary>[count, columns], may be <see cref="C"/>.</summary>
    public float* Before;

    /// <summary>Elements of <see cref="Before"/> from one panel to the next: 0 when they share them.</summary>
    public nint BeforeStride;

    /// <summary>[count, columns], written.</summary>
    public float* C;
}
