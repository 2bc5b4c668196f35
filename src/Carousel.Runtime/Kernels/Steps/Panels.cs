using System.Runtime.InteropServices;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// Weights in the order in which a time step reads them: panels of up to four lane groups (64 columns), each panel [depth, lanes · 16] without gaps, one linear
/// stream from the first to the last. Every load is a whole cache line and no sum ever crosses lanes.
/// </summary>
/// <remarks>Columns that fill up the last lane group hold zeros, so the padding of every buffer stays zero. The layout is the same for every kernel set.</remarks>
internal sealed unsafe class Panels
{
    /// <summary>Values of one lane group.</summary>
    public const int Lane = KernelSet.ReductionLanes;

    /// <summary>Most lane groups of one panel: the four gates.</summary>
    public const int MostLanes = 4;

    private readonly AlignedBuffer _values;
    private readonly int _lanes, _lastLanes;

    private Panels(int count, int depth, int lanes, int lastLanes)
    {
        (Count, Depth, _lanes, _lastLanes) = (count, depth, lanes, lastLanes);
        Length = (((long)(count - 1) * lanes) + lastLanes) * depth * Lane;
        _values = new AlignedBuffer(Length);
        NativeMemory.Clear(_values.Start, (nuint)Length * sizeof(float));
    }

    /// <summary>Number of panels.</summary>
    public int Count { get; }

    /// <summary>K, values summed per column.</summary>
    public int Depth { get; }

    /// <summary>Number of stored values, padding included.</summary>
    public long Length { get; }

    /// <summary><paramref name="length"/> rounded up to whole lane groups.</summary>
    public static int Padded(int length) => (length + Lane - 1) / Lane * Lane;

    /// <summary>The gates of a recurrent cell: panel p holds units 16p … 16p + 15, one lane group per gate, first the rows for the input, then those for the hidden state.</summary>
    /// <param name="gates">Gates, at most four.</param>
    /// <param name="units">H</param>
    /// <param name="input">W [gates · H, I]</param>
    /// <param name="recurrent">U [gates · H, P]</param>
    public static Panels OfGates(int gates, int units, float[] input, float[] recurrent)
    {
        int inputs = input.Length / (gates * units), outputs = recurrent.Length / (gates * units);
        var panels = new Panels(Padded(units) / Lane, inputs + outputs, gates, gates);
        for (int row = 0; row < gates * units; row++)
        {
            int gate = row / units, unit = row % units;
            panels.SetColumn(unit / Lane, gate, unit % Lane, 0, input.AsSpan(row * inputs, inputs));
            panels.SetColumn(unit / Lane, gate, unit % Lane, inputs, recurrent.AsSpan(row * outputs, outputs));
        }

        return panels;
    }

    /// <summary>The columns of a linear map y = x·Wᵀ in their own order.</summary>
    /// <param name="outputs">N</param>
    /// <param name="weight">W [N, K]</param>
    public static Panels OfColumns(int outputs, ReadOnlyMemory<float> weight)
    {
        int depth = weight.Length / outputs, lanes = Padded(outputs) / Lane, count = (lanes + MostLanes - 1) / MostLanes;
        var panels = new Panels(count, depth, MostLanes, lanes - ((count - 1) * MostLanes));
        for (int column = 0; column < outputs; column++)
        {
            int lane = column / Lane;
            panels.SetColumn(lane / MostLanes, lane % MostLanes, column % Lane, 0, weight.Span.Slice(column * depth, depth));
        }

        return panels;
    }

    /// <summary>Lane groups of one panel.</summary>
    public int LanesOf(int panel) => panel == Count - 1 ? _lastLanes : _lanes;

    /// <summary>The first value of a panel. Valid while this object is reachable.</summary>
    public float* Start(int panel) => _values.Start + ((nint)panel * _lanes * Lane * Depth);

    private void SetColumn(int panel, int lane, int at, int start, ReadOnlySpan<float> values)
    {
        nint width = LanesOf(panel) * Lane;
        float* to = Start(panel) + (start * width) + (lane * Lane) + at;
        foreach (float value in values)
        {
            *to = value;
            to += width;
        }
    }
}
