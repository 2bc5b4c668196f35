using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>Everything that changes while a plan runs: the state of some streams, and buffers. Laid out once, on 64-byte lines, outside the collected heap.</summary>
internal sealed unsafe class PlanMemory
{
    // Elements between what two members write: two cache lines, because processors fetch lines in pairs.
    private const int Apart = 2 * Panels.Lane;

    private readonly PlanLayout _layout;

    // An array: going through the list itself would allocate an enumerator.
    private readonly StateSlot[] _slots;
    private readonly AlignedBuffer _state, _buffers;
    private readonly int _capacity, _inputStride;
    private readonly nint _memberStride;
    private readonly int _threads;

    // The stream whose packed hidden states are up to date, and in how many members' memories.
    private int _kept = -1, _keepers;

    /// <summary>Allocates; the state is zero.</summary>
    /// <param name="plan">What will run on it.</param>
    /// <param name="capacity">Streams.</param>
    public PlanMemory(Plan plan, int capacity)
    {
        (_layout, _capacity, _inputStride) = (plan.Layout, capacity, Panels.Padded(plan.InputWidth));
        _slots = [.. _layout.Slots];
        Outputs = new Rows[plan.Count];
        _threads = plan.Team?.Threads ?? 1;
        _state = new AlignedBuffer((long)_layout.StateLength * capacity);

        // The leader's own memory comes last, because steps that are not shared may need more of it.
        _memberStride = _layout.TilesLength + checked((nint)_layout.MemberScratchLength * capacity) + Apart;
        long ofLeader = _layout.TilesLength + ((long)_layout.ScratchLength * capacity);
        _buffers = new AlignedBuffer(((long)(_inputStride + _layout.ActivationLength + _layout.SharedLength) * capacity) + ((_threads - 1) * _memberStride) + Apart + ofLeader);
        new Span<float>(_state.Start, checked((int)_state.Length)).Clear();
        new Span<float>(_buffers.Start, checked((int)_buffers.Length)).Clear();
    }

    /// <summary>What an encoder read [S, features], for a decoder to attend to; null where there is no encoder.</summary>
    public SequenceBuffer? Source { get; init; }

    /// <summary>S, time steps of <see cref="Source"/>.</summary>
    public int SourceSteps { get; init; }

    /// <summary>What each stream of a decoder looks at; empty where no decoder looks at sentences.</summary>
    public DecoderSource?[] Sources { get; init; } = [];

    /// <summary>How much each stream has looked at each position in the last step [capacity, S]; null where no decoder looks at sentences.</summary>
    public SequenceBuffer? Looked { get; init; }

    /// <summary>The state of all streams, padding included.</summary>
    public ReadOnlySpan<float> State => new(_state.Start, (int)_state.Length);

    /// <summary>Where each step that one thread runs alone has left its output.</summary>
    public Rows[] Outputs { get; }

    /// <summary>What the leader works on for one time step, of which it is the only member so far.</summary>
    /// <param name="first">First stream that takes part.</param>
    /// <param name="count">Streams that take part.</param>
    /// <param name="members">Threads that will take part.</param>
    public Frame Begin(int first, int count, int members)
    {
        Frame frame = Frame(first, count);
        frame.IsStale = count == 1 && (_kept != first || _keepers < members);
        (_kept, _keepers) = count == 1 ? (first, members) : (-1, 0);
        return frame;
    }

    /// <summary>Copies inputs onto aligned rows; magnitudes below 2⁻¹⁰⁰ become zero.</summary>
    public void Load(StepKernels kernels, ReadOnlySpan<float> x, int count, int width)
    {
        fixed (float* from = x)
        {
            for (int row = 0; row < count; row++)
            {
                kernels.Flush(from + ((nint)row * width), _buffers.Start + ((nint)row * _inputStride), width);
            }
        }
    }

    /// <summary>Sets the state of one stream to zero.</summary>
    public void Reset(int stream)
    {
        Forget(stream);
        foreach (StateSlot slot in _slots)
        {
            Values(slot, stream).Clear();
        }
    }

    /// <summary>Lets stream i go on from the state, and with the source, of stream origins[i]; those that stay are not touched.</summary>
    /// <param name="origins">Streams that there were.</param>
    /// <param name="spare">[origins, <see cref="PlanLayout.StateLength"/>]</param>
    /// <param name="sources">[origins]</param>
    public void Continue(ReadOnlySpan<int> origins, Span<float> spare, Span<DecoderSource?> sources)
    {
        int length = _layout.StateLength;
        for (int stream = 0; stream < origins.Length; stream++)
        {
            if (origins[stream] != stream)
            {
                Save(origins[stream], spare.Slice(stream * length, length));
                sources[stream] = Sources[origins[stream]];
            }
        }

        for (int stream = 0; stream < origins.Length; stream++)
        {
            if (origins[stream] != stream)
            {
                Restore(stream, spare.Slice(stream * length, length));
                Sources[stream] = sources[stream];
            }
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
        Forget(stream);
        foreach (StateSlot slot in _slots)
        {
            values[..slot.Width].CopyTo(Values(slot, stream));
            values = values[slot.Width..];
        }
    }

    private Span<float> Values(StateSlot slot, int stream) => Frame(stream, 1).Of(slot).Row(0, slot.Width);

    private void Forget(int stream) => _kept = _kept == stream ? -1 : _kept;

    private Frame Frame(int first, int count)
    {
        float* activations = _buffers.Start + ((nint)_inputStride * _capacity);
        float* shared = activations + ((nint)_layout.ActivationLength * _capacity);
        float* own = shared + ((nint)_layout.SharedLength * _capacity) + ((_threads - 1) * _memberStride) + Apart;
        return new Frame
        {
            First = first,
            Count = count,
            Capacity = _capacity,
            Member = PlanMember.Alone,
            Memory = this,
            Input = new Rows(_buffers.Start, _inputStride),
            State = _state.Start,
            Activations = activations,
            Shared = shared,
            Tiles = own,
            Scratch = own + _layout.TilesLength,
            MemberStride = _memberStride,
        };
    }
}
