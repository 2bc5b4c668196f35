namespace Carousel.Runtime.Kernels.Steps;

/// <summary>The cells whose post-product looks at one unit at a time and is therefore joined to the products.</summary>
internal enum CellKind
{
    /// <summary>The plain LSTM.</summary>
    Lstm,

    /// <summary>Gates that see the cell.</summary>
    Peephole,

    /// <summary>f = 1 − i</summary>
    Coupled,

    /// <summary>Clamped pre-activations, cells or both.</summary>
    Clipped,

    /// <summary>The expected mixture of old and new state.</summary>
    Zoneout,

    /// <summary>The GRU whose reset gate comes after the product.</summary>
    Gru,
}
