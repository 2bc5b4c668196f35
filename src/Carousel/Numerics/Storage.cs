namespace Carousel.Numerics;

/// <summary>The memory behind one or several tensors: values and, once asked for, the gradient of the same size.</summary>
/// <remarks>Views share their storage, so a gradient added through a view is in the whole at once: no copy, no operation to undo.</remarks>
internal sealed class Storage(AlignedBuffer values)
{
    public AlignedBuffer Values { get; } = values;

    public AlignedBuffer? Gradient { get; set; }

    /// <summary>The rows outside of which the gradient is zero; null when nobody keeps count, so that every element may be something else.</summary>
    public GradientRows? GradientRows { get; set; }

    public bool NeedsGradient { get; set; }

    /// <summary>True for the memory of a tape, which hands it out again after a reset.</summary>
    public bool IsTemporary { get; init; }
}
