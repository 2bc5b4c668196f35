using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>
/// The memory on which a plan runs, which of its streams take part, and which member of the team looks at it. State lies slot after slot, and within a slot stream after
/// stream.
/// </summary>
internal unsafe struct Frame
{
    /// <summary>B, streams that take part.</summary>
    public int Count;

    /// <summary>The first stream that takes part.</summary>
    public int First;

    /// <summary>Streams for which there is room.</summary>
    public int Capacity;

    /// <summary>True when the packed hidden states are not those of the state.</summary>
    public bool IsStale;

    /// <summary>Who works on it.</summary>
    public PlanMember Member;

    /// <summary>What the pointers point into.</summary>
    public PlanMemory Memory;

    /// <summary>[B, inputs]</summary>
    public Rows Input;

    /// <summary>The state of all streams.</summary>
    public float* State;

    /// <summary>Outputs of steps.</summary>
    public float* Activations;

    /// <summary>Memory that the members use together within a step.</summary>
    public float* Shared;

    /// <summary>This member's packed hidden states.</summary>
    public float* Tiles;

    /// <summary>This member's memory for the step at work.</summary>
    public float* Scratch;

    /// <summary>Elements from a member's own memory to that of the one before.</summary>
    public nint MemberStride;

    /// <summary>True when both are of the same memory and its same streams.</summary>
    public readonly bool IsSame(in Frame other) => Memory == other.Memory && First == other.First && Count == other.Count && IsStale == other.IsStale;

    /// <summary>The same memory for another member; this one is the leader's.</summary>
    public readonly Frame For(PlanMember member)
    {
        Frame frame = this;
        frame.Member = member;
        frame.Tiles -= member.Index * MemberStride;
        frame.Scratch -= member.Index * MemberStride;
        return frame;
    }

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

    /// <summary>Takes <paramref name="length"/> values per stream from this member's memory.</summary>
    public Rows Take(int length)
    {
        int stride = Panels.Padded(length);
        var rows = new Rows(Scratch, stride);
        Scratch += (nint)stride * Count;
        return rows;
    }

    /// <summary>Takes <paramref name="length"/> values per stream from the memory that all members see.</summary>
    public Rows TakeShared(int length)
    {
        int stride = Panels.Padded(length);
        var rows = new Rows(Shared, stride);
        Shared += (nint)stride * Count;
        return rows;
    }
}
