using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>The memory on which a plan runs, and which of its streams take part. State lies slot after slot, and within a slot stream after stream.</summary>
internal unsafe ref struct Frame
{
    /// <summary>B, streams that take part.</summary>
    public int Count;

    /// <summary>The first stream that takes part.</summary>
    public int First;

    /// <summary>What an encoder read [S, features], for a decoder to attend to; null where there is no encoder.</summary>
    public SequenceBuffer? Source;

    /// <summary>S, time steps of <see cref="Source"/>.</summary>
    public int SourceSteps;

    /// <summary>Streams for which there is room.</summary>
    public int Capacity;

    /// <summary>Threads that may share a step, or null.</summary>
    public PlanTeam? Team;

    /// <summary>The state of all streams.</summary>
    public float* State;

    /// <summary>Outputs of steps.</summary>
    public float* Activations;

    /// <summary>Memory of the step at work.</summary>
    public float* Scratch;

    /// <summary>A tensor of the state, from the first stream that takes part.</summary>
    public readonly Rows Of(StateSlot slot)
    {
        int stride = Panels.Padded(slot.Width);
        return new Rows(State + ((nint)slot.Offset * Capacity), stride).From(First);
    }

    /// <summary>Memory for an output.</summary>
    /// <param name="offset">As <see cref="PlanLayout.Activation"/> gave it.</param>
    /// <param name="width">Values per stream.</param>
    public readonly Rows Activation(int offset, int width) => new(Activations + ((nint)offset * Capacity), Panels.Padded(width));

    /// <summary>Takes <paramref name="length"/> values per stream from the scratch memory.</summary>
    public Rows Take(int length)
    {
        int stride = Panels.Padded(length);
        var rows = new Rows(Scratch, stride);
        Scratch += (nint)stride * Count;
        return rows;
    }
}
