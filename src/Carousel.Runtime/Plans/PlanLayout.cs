using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>Hands out places in a stream's memory while a plan is made.</summary>
internal sealed class PlanLayout
{
    private readonly List<StateSlot> _slots = [];

    /// <summary>Everything carried from step to step.</summary>
    public IReadOnlyList<StateSlot> Slots => _slots;

    /// <summary>Values of one stream's state.</summary>
    public int StateLength { get; private set; }

    /// <summary>Values of one stream's outputs.</summary>
    public int ActivationLength { get; private set; }

    /// <summary>Most values of scratch memory that a step takes per stream when one thread runs it.</summary>
    public int ScratchLength { get; private set; }

    /// <summary>Most values of scratch memory that each thread takes per stream for a step that they share; not more than <see cref="ScratchLength"/>.</summary>
    public int MemberScratchLength { get; private set; }

    /// <summary>Most values per stream that the threads use together within a step.</summary>
    public int SharedLength { get; private set; }

    /// <summary>Values of the packed hidden states of one stream.</summary>
    public int TilesLength { get; private set; }

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

    /// <summary>A packed hidden state of <paramref name="length"/> words, of which each thread has a copy; returns where it starts.</summary>
    public int Tile(int length)
    {
        int offset = TilesLength;
        TilesLength = checked(TilesLength + Panels.Padded(length));
        return offset;
    }

    /// <summary>Asks for scratch memory for a step that one thread runs: the lengths that it takes at one time.</summary>
    public void Scratch(params ReadOnlySpan<int> lengths) => ScratchLength = Math.Max(ScratchLength, Sum(lengths));

    /// <summary>Asks for scratch memory of each thread for a step that they share.</summary>
    public void MemberScratch(params ReadOnlySpan<int> lengths)
    {
        MemberScratchLength = Math.Max(MemberScratchLength, Sum(lengths));
        Scratch(lengths);
    }

    /// <summary>Asks for memory that the threads use together within a step.</summary>
    public void Shared(params ReadOnlySpan<int> lengths) => SharedLength = Math.Max(SharedLength, Sum(lengths));

    private static int Sum(ReadOnlySpan<int> lengths)
    {
        int sum = 0;
        foreach (int length in lengths)
        {
            sum = checked(sum + Panels.Padded(length));
        }

        return sum;
    }
}
