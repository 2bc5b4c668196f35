using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels;

namespace Carousel.Runtime.Plans;

/// <summary>A model lowered to an ordered list of steps over memory that is laid out beforehand. Immutable: the memory of a stream is a <see cref="PlanMemory"/>.</summary>
internal sealed class Plan
{
    private readonly PlanStep[] _steps;
    private readonly int _lastWithState;

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
        _lastWithState = Array.FindLastIndex(_steps, step => step.HasState);
    }

    /// <summary>Features of one time step going in.</summary>
    public int InputWidth { get; }

    /// <summary>Features of one time step coming out.</summary>
    public int OutputWidth { get; }

    /// <summary>Bytes of weights that a time step reads.</summary>
    public long WeightBytes => _steps.Sum(step => step.WeightBytes);

    /// <summary>What reads the source that this plan writes from; null when it needs none.</summary>
    public SourceEncoder? Encoder { get; init; }

    /// <summary>The arithmetic.</summary>
    public KernelSet Kernels { get; }

    /// <summary>Threads that may share a step, or null for the caller alone.</summary>
    public PlanTeam? Team { get; }

    /// <summary>Places in a stream's memory.</summary>
    public PlanLayout Layout { get; }

    /// <summary>False when a layer needs the whole sequence.</summary>
    public bool IsStreaming => Array.TrueForAll(_steps, step => step.IsStreaming);

    /// <summary>One time step.</summary>
    /// <param name="memory">State and buffers.</param>
    /// <param name="first">First stream that takes part.</param>
    /// <param name="count">Streams that take part, 1 or more.</param>
    /// <param name="x">[count, inputs]</param>
    /// <param name="y">[count, outputs], written; empty to advance the state only.</param>
    public unsafe void Run(PlanMemory memory, int first, int count, ReadOnlySpan<float> x, Span<float> y)
    {
        Check(x);
        Rows rows = memory.Load(Kernels.Steps, x, count, InputWidth);
        int steps = y.IsEmpty ? _lastWithState + 1 : _steps.Length;
        for (int at = 0; at < steps; at++)
        {
            rows = _steps[at].Run(memory.Frame(first, count), rows);
        }

        for (int row = 0; !y.IsEmpty && row < count; row++)
        {
            rows.Row(row, OutputWidth).CopyTo(y[(row * OutputWidth)..]);
        }

        GC.KeepAlive(memory);
    }

    /// <summary>Time steps that come out of a whole sequence.</summary>
    /// <param name="steps">T, going in.</param>
    public int OutputSteps(int steps) => _steps.Aggregate(steps, (count, layer) => layer.OutputSteps(count));

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
            layer.RunSequence(memory.Frame(0, 1), input.Rows, output.Rows, steps);
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
