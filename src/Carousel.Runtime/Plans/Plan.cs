using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>A model lowered to an ordered list of steps over memory that is laid out beforehand. Immutable: the memory of a stream is a <see cref="PlanMemory"/>.</summary>
internal sealed class Plan
{
    private readonly PlanStep[] _steps;
    private readonly int _lastWithState, _secondShared;

    /// <summary>Puts steps together.</summary>
    /// <param name="inputWidth">Features of one time step going in.</param>
    /// <param name="steps">In running order.</param>
    /// <param name="layout">What the steps asked for.</param>
    /// <param name="kernels">The arithmetic.</param>
    /// <param name="team">Threads that may share a step, or null for the caller alone.</param>
    public Plan(int inputWidth, IEnumerable<PlanStep> steps, PlanLayout layout, KernelSet kernels, PlanTeam? team = null)
    {
        (InputWidth, _steps, Layout, Kernels, Team) = (inputWidth, [.. steps], layout, kernels, team);
        OutputWidth = _steps.Length == 0 ? inputWidth : _steps[^1].OutputWidth;
        WeightBytes = _steps.Sum(static step => step.WeightBytes);
        _secondShared = Array.FindIndex(_steps, Array.FindIndex(_steps, step => step.IsShared) + 1, step => step.IsShared);
        _lastWithState = Array.FindLastIndex(_steps, step => step.HasState);
    }

    /// <summary>Number of layers.</summary>
    public int Count => _steps.Length;

    /// <summary>Features of one time step going in.</summary>
    public int InputWidth { get; }

    /// <summary>Features of one time step coming out.</summary>
    public int OutputWidth { get; }

    /// <summary>Bytes of weights that a time step reads.</summary>
    public long WeightBytes { get; }

    /// <summary>What reads the source that this plan writes from; null when it needs none.</summary>
    public SourceEncoder? Encoder { get; init; }

    /// <summary>What reads the sentences that this plan translates; null when it translates none.</summary>
    public SentenceEncoder? Sentences { get; init; }

    /// <summary>The arithmetic.</summary>
    public KernelSet Kernels { get; }

    /// <summary>Threads that may share a step, or null for the caller alone.</summary>
    public PlanTeam? Team { get; }

    /// <summary>Places in a stream's memory.</summary>
    public PlanLayout Layout { get; }

    /// <summary>False when a layer needs the whole sequence.</summary>
    public bool IsStreaming => Array.TrueForAll(_steps, step => step.IsStreaming);

    /// <summary>
    /// True when a leader may begin a time step before the others are at rest from the one before: all they may still do is pack the last shared layer's output, which the
    /// leader cannot touch before they have followed it to an earlier one.
    /// </summary>
    /// <param name="steps">Layers of the time step.</param>
    public bool MayOverlap(int steps) => _secondShared >= 0 && steps > _secondShared;

    /// <summary>One time step.</summary>
    /// <param name="memory">State and buffers.</param>
    /// <param name="first">First stream that takes part.</param>
    /// <param name="count">Streams that take part, 1 or more.</param>
    /// <param name="x">[count, inputs]</param>
    /// <param name="y">[count, outputs], written; empty to advance the state only.</param>
    public void Run(PlanMemory memory, int first, int count, ReadOnlySpan<float> x, Span<float> y)
    {
        Rows rows = RunRows(memory, first, count, x, y.IsEmpty ? _lastWithState + 1 : _steps.Length);
        for (int row = 0; !y.IsEmpty && row < count; row++)
        {
            rows.Row(row, OutputWidth).CopyTo(y[(row * OutputWidth)..]);
        }

        GC.KeepAlive(memory);
    }

    /// <summary>One time step of the first streams, whose output stays where it is.</summary>
    /// <param name="memory">State and buffers.</param>
    /// <param name="count">Streams that take part, 1 or more.</param>
    /// <param name="x">[count, inputs]</param>
    /// <returns>[count, outputs], valid until the next step and while the memory is reachable.</returns>
    public Rows RunRows(PlanMemory memory, int count, ReadOnlySpan<float> x) => RunRows(memory, 0, count, x, _steps.Length);

    private Rows RunRows(PlanMemory memory, int first, int count, ReadOnlySpan<float> x, int steps)
    {
        Check(x);
        long work = WeightBytes * count;
        bool isShared = Team is not null && Team.TryEnter(work, steps: 1);
        Frame frame = memory.Begin(first, count, isShared ? Team!.Threads : 1);
        memory.Load(Kernels.Steps, x, count, InputWidth);
        if (isShared)
        {
            frame.Member = Team!.Start(new PlanWork { Plan = this, Frame = frame, Steps = steps });
        }

        Rows rows = Take(frame, steps);
        if (isShared)
        {
            Team!.Finish();
        }
        else
        {
            Team?.FinishAlone(work);
        }

        return rows;
    }

    /// <summary>True when several time steps of a stream are quicker layer after layer, which threads do not share.</summary>
    public bool HasChunks => Team is null && IsStreaming && _steps.Length > 0 && _steps[0] is not EmbeddingStep && Array.Exists(_steps, static step => step.ChunkLength > 0);

    /// <summary>Memory for <see cref="RunChunk"/>.</summary>
    public ChunkMemory NewChunkMemory() => new(InputWidth, _steps);

    /// <summary>A few time steps of one stream, layer after layer, with the bits of as many calls of <see cref="Run"/>.</summary>
    /// <param name="memory">State and buffers of one stream.</param>
    /// <param name="chunk">Rows between the layers.</param>
    /// <param name="x">[T, inputs]</param>
    /// <param name="y">[T, outputs], written.</param>
    /// <param name="steps">T, 1 … <see cref="ChunkMemory.MostSteps"/></param>
    public unsafe void RunChunk(PlanMemory memory, ChunkMemory chunk, ReadOnlySpan<float> x, Span<float> y, int steps)
    {
        Frame frame = memory.Begin(0, 1, 1);
        for (int at = 0; frame.IsStale && at < _steps.Length; at++)
        {
            _steps[at].Keep(frame);
        }

        fixed (float* from = x)
        {
            for (int step = 0; step < steps; step++)
            {
                Kernels.Steps.Flush(from + ((nint)step * InputWidth), chunk.Rows[0].From(step).Start, InputWidth);
            }
        }

        for (int at = 0; at < _steps.Length; at++)
        {
            _steps[at].RunChunk(frame, chunk.Rows[at], chunk.Rows[at + 1], steps, chunk.Scratch);
        }

        for (int step = 0; step < steps; step++)
        {
            chunk.Rows[^1].Row(step, OutputWidth).CopyTo(y[(step * OutputWidth)..]);
        }

        GC.KeepAlive(memory);
        GC.KeepAlive(chunk);
    }

    /// <summary>Time steps that come out of a whole sequence.</summary>
    /// <param name="steps">T, going in.</param>
    public int OutputSteps(int steps) => _steps.Aggregate(steps, (count, layer) => layer.OutputSteps(count));

    /// <summary>One member's part of a time step. Nobody enters a layer before everyone has left the one before.</summary>
    /// <param name="frame">Memory as the member sees it.</param>
    /// <param name="steps">Layers to run.</param>
    /// <returns>The output, complete for the leader.</returns>
    public Rows Take(Frame frame, int steps)
    {
        PlanMember member = frame.Member;
        if (frame.IsStale)
        {
            foreach (PlanStep step in _steps)
            {
                step.Keep(frame);
            }

            member.Meet();
        }

        Rows rows = frame.Input;
        for (int at = 0; at < steps; at++)
        {
            PlanStep step = _steps[at];
            step.Begin(frame);
            rows = at == 0 ? rows : Follow(frame, at - 1, rows);
            if (step.IsShared)
            {
                rows = step.Run(frame, rows);
                member.Arrive();
            }
            else if (member.IsLeader)
            {
                rows = frame.Memory.Outputs[at] = step.Run(frame with { Member = PlanMember.Alone }, rows);
                member.Arrive();
            }
            else
            {
                member.Pass();
            }
        }

        // The leader does not wait for the others to be at rest until it calls again, and nobody waits for the leader.
        if (member.IsLeader)
        {
            rows = steps == 0 ? rows : Follow(frame, steps - 1, rows);
            member.Pass();
        }
        else
        {
            if (steps > 0 && _steps[steps - 1].IsKeeper)
            {
                Follow(frame, steps - 1, rows);
            }

            member.Arrive();
        }

        return rows;
    }

    /// <summary>A whole sequence of one stream, layer after layer.</summary>
    /// <param name="memory">State and buffers of one stream; the state is that before the first step.</param>
    /// <param name="x">[T, inputs]</param>
    /// <param name="y">[<see cref="OutputSteps"/>, outputs], written.</param>
    /// <param name="steps">T</param>
    public void RunSequence(PlanMemory memory, ReadOnlySpan<float> x, Span<float> y, int steps)
    {
        Check(x);
        var input = new SequenceBuffer(steps, InputWidth);
        for (int step = 0; step < steps; step++)
        {
            x.Slice(step * InputWidth, InputWidth).CopyTo(input.Rows.Row(step, InputWidth));
        }

        input.Flush(Kernels.Steps);
        foreach (PlanStep layer in _steps)
        {
            int after = layer.OutputSteps(steps);
            var output = new SequenceBuffer(after, layer.OutputWidth);
            bool isShared = layer.IsShared && Team is not null && Team.TryEnter(layer.WeightBytes, steps);
            Frame frame = memory.Begin(0, 1, isShared ? Team!.Threads : 1);
            var work = new PlanWork { Plan = this, Frame = frame, Steps = steps, Layer = layer, Input = input.Rows, Output = output.Rows };
            if (isShared)
            {
                frame.Member = Team!.Start(work);
            }

            TakeSequence(frame, work);
            if (isShared)
            {
                Team!.Finish();
            }

            GC.KeepAlive(input);
            (input, steps) = (output, after);
        }

        for (int step = 0; step < steps; step++)
        {
            input.Rows.Row(step, OutputWidth).CopyTo(y[(step * OutputWidth)..]);
        }

        GC.KeepAlive(input);
        GC.KeepAlive(memory);
    }

    /// <summary>Whole sequences of several streams, layer after layer. A stream's output is what it would be alone.</summary>
    /// <param name="memory">State and buffers of as many streams; afterwards the state of each is that after its last step.</param>
    /// <param name="input">inputs each.</param>
    /// <returns>outputs each.</returns>
    public SequenceBatch RunBatch(PlanMemory memory, SequenceBatch input)
    {
        int sequences = input.Lengths.Count;
        foreach (PlanStep layer in _steps)
        {
            var output = new SequenceBatch(input.Lengths, layer.OutputWidth);
            bool isShared = layer.IsShared && Team is not null && Team.TryEnter(layer.WeightBytes * sequences, input.Steps);
            Frame frame = memory.Begin(0, sequences, isShared ? Team!.Threads : 1);
            var work = new PlanWork { Plan = this, Frame = frame, Layer = layer, Inputs = input, Outputs = output };
            if (isShared)
            {
                frame.Member = Team!.Start(work);
            }

            TakeSequence(frame, work);
            if (isShared)
            {
                Team!.Finish();
            }

            GC.KeepAlive(input);
            input = output;
        }

        GC.KeepAlive(memory);
        return input;
    }

    /// <summary>One member's part of a layer over a whole sequence.</summary>
    /// <param name="frame">Memory as the member sees it.</param>
    /// <param name="work">The layer and its sequence.</param>
    public static void TakeSequence(Frame frame, in PlanWork work)
    {
        work.Layer!.Keep(frame);
        frame.Member.Meet();
        if (work.Inputs is not null)
        {
            work.Layer.RunBatch(frame, work.Inputs, work.Outputs!);
        }
        else
        {
            work.Layer.RunSequence(frame, work.Input, work.Output, work.Steps);
        }

        frame.Member.Arrive();
    }

    // What the step before has left for this member, once it is complete. Where the leader has left what it did alone, only it knows yet.
    private Rows Follow(Frame frame, int before, Rows rows)
    {
        PlanStep step = _steps[before];
        if (!step.IsShared)
        {
            frame.Member.AwaitLeader();
            return frame.Memory.Outputs[before];
        }

        frame.Member.Await();
        step.Keep(frame);
        return rows;
    }

    // Ids are checked before any state changes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(ReadOnlySpan<float> x)
    {
        if (_steps.Length > 0 && _steps[0] is EmbeddingStep embedding)
        {
            embedding.Check(x);
        }
    }
}
