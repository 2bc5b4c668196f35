using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>One layer at one time step: weights that are packed once and shared, and the places of its state and output in a stream's memory.</summary>
/// <param name="kernels">The arithmetic.</param>
internal abstract class PlanStep(KernelSet kernels)
{
    /// <summary>Features coming out.</summary>
    public abstract int OutputWidth { get; }

    /// <summary>Bytes of weights that a time step reads.</summary>
    public virtual long WeightBytes => 0;

    /// <summary>True for a layer that remembers; a plan that only advances its state may end after the last of them.</summary>
    public virtual bool HasState => false;

    /// <summary>False for a layer that needs the whole sequence.</summary>
    public virtual bool IsStreaming => true;

    /// <summary>Time steps that come out of a whole sequence.</summary>
    /// <param name="steps">T, going in.</param>
    public virtual int OutputSteps(int steps) => steps;

    /// <summary>The arithmetic.</summary>
    protected KernelSet Kernels { get; } = kernels;

    /// <summary>Runs one time step of all streams of the frame.</summary>
    /// <param name="frame">Memory; scratch memory is taken from a copy.</param>
    /// <param name="input">[B, features]</param>
    /// <returns>[B, <see cref="OutputWidth"/>], valid until the next step.</returns>
    public abstract Rows Run(Frame frame, Rows input);

    /// <summary>Runs a whole sequence of one stream.</summary>
    /// <param name="frame">Memory of one stream.</param>
    /// <param name="input">[T, features]</param>
    /// <param name="output">[<see cref="OutputSteps"/>, <see cref="OutputWidth"/>], written; zero before.</param>
    /// <param name="steps">T</param>
    public virtual void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            Run(frame, input.From(step)).Row(0, OutputWidth).CopyTo(output.Row(step, OutputWidth));
        }
    }
}
