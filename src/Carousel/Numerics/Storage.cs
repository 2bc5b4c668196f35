namespace Carousel.Numerics;

/// <summary>The memory behind one or several tensors: values and, once asked for, the gradient of the same size.</summary>
/// <remarks>Views share their storage, so a gradient added through a view is in the whole at once: no copy, no operation to undo.</remarks>
internal sealed class Storage(PinnedBuffer values)
{
    public PinnedBuffer Values { get; } = values;

    /// <summary>The gradient's memory, which may hold anything while <see cref="IsGradientZero"/>.</summary>
    public PinnedBuffer? Gradient { get; set; }

    /// <summary>True when the gradient is zero whatever its memory holds: it is cleared when somebody reads it or adds to it, and never when the first one writes it.</summary>
    public bool IsGradientZero { get; set; }

    /// <summary>The gradient's memory, which must be there, holding the gradient.</summary>
    public Span<float> GradientValues
    {
        get
        {
            if (IsGradientZero)
            {
                Gradient!.Span.Clear();
                IsGradientZero = false;
            }

            return Gradient!.Span;
        }
    }

    /// <summary>The rows outside of which the gradient is zero; null when nobody keeps count, so that every element may be something else.</summary>
    public GradientRows? GradientRows { get; set; }

    public bool NeedsGradient { get; set; }

    /// <summary>True for the memory of a tape, which hands it out again after a reset.</summary>
    public bool IsTemporary { get; init; }
}
