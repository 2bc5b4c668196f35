namespace Carousel.Runtime.Plans;

/// <summary>What a team does together: one time step of a plan, or one layer over a whole sequence.</summary>
internal struct PlanWork
{
    /// <summary>The plan.</summary>
    public Plan Plan;

    /// <summary>Its memory, as the leader sees it.</summary>
    public Frame Frame;

    /// <summary>Layers of the time step, or time steps of the sequence.</summary>
    public int Steps;

    /// <summary>The layer, or null for a time step.</summary>
    public PlanStep? Layer;

    /// <summary>[T, features] of the sequence.</summary>
    public Rows Input;

    /// <summary>[T, features] of the sequence, written.</summary>
    public Rows Output;

    /// <summary>Several sequences instead of one, or null.</summary>
    public SequenceBatch? Inputs;

    /// <summary>What becomes of them, written.</summary>
    public SequenceBatch? Outputs;

    /// <summary>True when the next time step is like this one, of the same memory.</summary>
    public readonly bool Repeats(in PlanWork other) =>
        Layer is null && other.Layer is null && Plan == other.Plan && Steps == other.Steps && Frame.IsSame(other.Frame);
}
