using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>Everything that changes while a plan runs: the state of some streams, and buffers. Laid out once, on 64-byte lines, outside the collected heap.</summary>
internal sealed unsafe class PlanMemory
{
    private readonly PlanLayout _layout;

    // An array: going through the list itself would allocate an enumerator.
    private readonly StateSlot[] _slots;
    private readonly AlignedBuffer _state, _buffers;
    private readonly PlanTeam? _team;
    private readonly int _capacity, _inputStride;

    /// <summary>Allocates; the state is zero.</summary>
    /// <param name="plan">What will run on it.</param>
    /// <param name="capacity">Streams.</param>
    public PlanMemory(Plan plan, int capacity)
    {
        (_layout, _capacity, _inputStride) = (plan.Layout, capacity, Panels.Padded(plan.InputWidth));
        _team = plan.Team;
        _slots = [.. _layout.Slots];
        _state = new AlignedBuffer((long)_layout.StateLength * capacity);
        _buffers = new AlignedBuffer((long)(_inputStride + _layout.ActivationLength + _layout.ScratchLength) * capacity);
        new Span<float>(_state.Start, checked((int)_state.Length)).Clear();
        new Span<float>(_buffers.Start, checked((int)_buffers.Length)).Clear();
    }

    /// <summary>What an encoder read [S, features], for a decoder to attend to; null where there is no encoder.</summary>
    public SequenceBuffer? Source { get; init; }

    /// <summary>S, time steps of <see cref="Source"/>.</summary>
    public int SourceSteps { get; init; }

    /// <summary>The state of all streams, padding included.</summary>
    public ReadOnlySpan<float> State => new(_state.Start, (int)_state.Length);

    /// <summary>What a step works on.</summary>
    public Frame Frame(int first, int count)
    {
        float* activations = _buffers.Start + ((nint)_inputStride * _capacity);
        return new Frame
        {
            First = first,
            Source = Source,
            SourceSteps = SourceSteps,
            Count = count,
            Capacity = _capacity,
            Team = _team,
            State = _state.Start,
            Activations = activations,
            Scratch = activations + ((nint)_layout.ActivationLength * _capacity),
        };
    }

    /// <summary>Copies inputs onto aligned rows; magnitudes below 2⁻¹⁰⁰ become zero.</summary>
    public Rows Load(StepKernels kernels, ReadOnlySpan<float> x, int count, int width)
    {
        var rows = new Rows(_buffers.Start, _inputStride);
        fixed (float* from = x)
        {
            for (int row = 0; row < count; row++)
            {
                kernels.Flush(from + ((nint)row * width), rows.From(row).Start, width);
            }
        }

        return rows;
    }

    /// <summary>Sets the state of one stream to zero.</summary>
    public void Reset(int stream)
    {
        foreach (StateSlot slot in _slots)
        {
            Values(slot, stream).Clear();
        }
    }

    /// <summary>Copies the state of one stream, slot after slot, without padding.</summary>
    public void Save(int stream, Span<float> values)
    {
        foreach (StateSlot slot in _slots)
        {
            Values(slot, stream).CopyTo(values);
            values = values[slot.Width..];
        }
    }

    /// <summary>Sets the state of one stream to what <see cref="Save"/> gave.</summary>
    public void Restore(int stream, ReadOnlySpan<float> values)
    {
        foreach (StateSlot slot in _slots)
        {
            values[..slot.Width].CopyTo(Values(slot, stream));
            values = values[slot.Width..];
        }
    }

    private Span<float> Values(StateSlot slot, int stream) => Frame(stream, 1).Of(slot).Row(0, slot.Width);
}
