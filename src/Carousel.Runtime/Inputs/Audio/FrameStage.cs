using Carousel.Runtime.States;

namespace Carousel.Runtime.Inputs.Audio;

/// <summary>A step that frames pass one after the other. It may hold frames back until it has seen those after them.</summary>
internal abstract class FrameStage
{
    /// <summary>Numbers of a frame that comes out.</summary>
    public abstract int Width { get; }

    /// <summary>Takes a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="output">[<see cref="Width"/>], written when one comes out.</param>
    /// <returns>True when a frame comes out.</returns>
    public abstract bool Push(ReadOnlySpan<float> frame, Span<float> output);

    /// <summary>Gives a frame that was held back, when no more frames come. Call it until it returns false.</summary>
    /// <param name="output">[<see cref="Width"/>], written when one comes out.</param>
    public virtual bool Flush(Span<float> output) => false;

    /// <summary>Begins a new signal.</summary>
    public virtual void Reset()
    {
    }

    /// <summary>Writes what is held back.</summary>
    public virtual void Save(StateWriter state)
    {
    }

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    public virtual void Restore(StateReader state)
    {
    }
}
