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

    /// <summary>True when each member of a team does its part of <see cref="Run"/>; otherwise the leader runs the step alone.</summary>
    public virtual bool IsShared => false;

    /// <summary>True for a step that must be told to <see cref="Keep"/> its output.</summary>
    public virtual bool IsKeeper => false;

    /// <summary>The arithmetic.</summary>
    protected KernelSet Kernels { get; } = kernels;

    /// <summary>Does what can be done before the input is there. Others may still be at work on the step before.</summary>
    /// <param name="frame">Memory; its scratch memory stays as it is until <see cref="Run"/>.</param>
    public virtual void Begin(Frame frame)
    {
    }

    /// <summary>Runs this member's part of one time step of all streams of the frame, which <see cref="Begin"/> has seen.</summary>
    /// <param name="frame">Memory; scratch memory is taken from a copy.</param>
    /// <param name="input">[B, features]</param>
    /// <returns>[B, <see cref="OutputWidth"/>], valid until the next step; complete when everyone has arrived.</returns>
    public abstract Rows Run(Frame frame, Rows input);

    /// <summary>Packs the output, which is complete, for its two uses: as the input of the step after and as the hidden state of the next time step.</summary>
    public virtual void Keep(Frame frame)
    {
    }

    /// <summary>Runs a whole sequence of one stream.</summary>
    /// <param name="frame">Memory of one stream, kept: see <see cref="Keep"/>.</param>
    /// <param name="input">[T, features]</param>
    /// <param name="output">[<see cref="OutputSteps"/>, <see cref="OutputWidth"/>], written; zero before.</param>
    /// <param name="steps">T</param>
    public virtual void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            RunInto(frame, input.From(step), output.From(step));
        }
    }

    /// <summary>Words of memory per time step that <see cref="RunChunk"/> takes; 0 when it gains nothing over single steps.</summary>
    public virtual int ChunkLength => 0;

    /// <summary>Runs a few time steps of one stream, with the bits of taking them one by one.</summary>
    /// <param name="frame">Memory of one stream, kept: see <see cref="Keep"/>.</param>
    /// <param name="input">[T, features]</param>
    /// <param name="output">[T, <see cref="OutputWidth"/>], written.</param>
    /// <param name="steps">T</param>
    /// <param name="scratch">[T, <see cref="ChunkLength"/>]</param>
    public virtual unsafe void RunChunk(Frame frame, Rows input, Rows output, int steps, float* scratch)
    {
        for (int step = 0; step < steps; step++)
        {
            RunInto(frame, input.From(step), output.From(step));
        }
    }

    /// <summary>Runs whole sequences of several streams side by side.</summary>
    /// <param name="frame">Memory of as many streams; kept when it is one: see <see cref="Keep"/>.</param>
    /// <param name="input">features each.</param>
    /// <param name="output"><see cref="OutputWidth"/> each, written.</param>
    public virtual void RunBatch(Frame frame, SequenceBatch input, SequenceBatch output)
    {
        for (int step = 0; step < input.Steps; step++)
        {
            RunInto(ref frame, input, output, step, column: 0);
        }
    }

    /// <summary>One time step of the sequences that have it.</summary>
    /// <param name="frame">Memory; from now on of these sequences.</param>
    /// <param name="input">features each.</param>
    /// <param name="output">Written from a column on.</param>
    /// <param name="step">The time step.</param>
    /// <param name="column">The column.</param>
    public void RunInto(ref Frame frame, SequenceBatch input, SequenceBatch output, int step, int column)
    {
        int before = frame.Count;
        frame.Count = input.Active(step);
        if (frame.Count == 1 && before != 1)
        {
            Keep(frame);
            frame.Member.Meet();
        }

        RunInto(frame, input.At(step), output.At(step).FromColumn(column));
    }

    /// <summary>One time step of the streams of a frame.</summary>
    /// <param name="frame">Memory, kept when it is of one stream.</param>
    /// <param name="input">[B, features]</param>
    /// <param name="output">[B, <see cref="OutputWidth"/>], written.</param>
    public void RunInto(Frame frame, Rows input, Rows output)
    {
        Begin(frame);
        Rows result = Run(frame, input);
        frame.Member.Meet();
        Keep(frame);
        for (int row = 0; frame.Member.IsLeader && row < frame.Count; row++)
        {
            result.Row(row, OutputWidth).CopyTo(output.Row(row, OutputWidth));
        }

        // The next step overwrites the result.
        frame.Member.Meet();
    }
}
