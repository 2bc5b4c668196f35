namespace Carousel.Runtime.Kernels.Steps;

/// <summary>How panels hold their weights.</summary>
internal enum PanelFormat
{
    /// <summary>float32: [depth, columns].</summary>
    Single,

    /// <summary>bfloat16, two to a word: [depth / 2, columns], the even k in the lower half, the odd one in the upper half.</summary>
    BrainPairs,
}
