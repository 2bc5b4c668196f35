using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>Hands out places in a stream's memory while a plan is made.</summary>
/// <param name="threads">Threads that may share a step.</param>
internal sealed class PlanLayout(int threads = 1)
{
    private readonly List<StateSlot> _slots = [];

    /// <summary>Threads that may share a step, each of which needs memory of its own.</summary>
    public int Threads => threads;

    /// <summary>Everything carried from step to step.</summary>
    public IReadOnlyList<StateSlot> Slots => _slots;

    /// <summary>Values of one stream's state.</summary>
    public int StateLength { get; private set; }

    /// <summary>Values of one stream's outputs.</summary>
    public int ActivationLength { get; private set; }

    /// <summary>Most values of scratch memory that a step takes per stream.</summary>
    public int ScratchLength { get; private set; }

    /// <summary>A tensor of the state.</summary>
    public StateSlot State(string name, int width)
    {
        var slot = new StateSlot(name, width, StateLength);
        _slots.Add(slot);
        StateLength = checked(StateLength + Panels.Padded(width));
        return slot;
    }

    /// <summary>An output of <paramref name="width"/> values; returns where it starts.</summary>
    public int Activation(int width)
    {
        int offset = ActivationLength;
        ActivationLength = checked(ActivationLength + Panels.Padded(width));
        return offset;
    }

    /// <summary>Asks for scratch memory: the lengths that a step takes at one time.</summary>
    public void Scratch(params ReadOnlySpan<int> lengths)
    {
        int sum = 0;
        foreach (int length in lengths)
        {
            sum = checked(sum + Panels.Padded(length));
        }

        ScratchLength = Math.Max(ScratchLength, sum);
    }
}
