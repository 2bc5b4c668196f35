using System.Runtime.CompilerServices;
using Carousel.Runtime.Kernels.Products;

namespace Carousel.Runtime.Kernels.Steps;

/// <summary>
/// Weights in the order in which a time step reads them: panels of up to four lane groups (64 columns), one linear stream from the first to the last. Every load
/// is a whole cache line and no sum ever crosses lanes.
/// </summary>
/// <remarks>Columns that fill up the last lane group hold zeros, so the padding of every buffer stays zero. The layout is the same for every kernel set.</remarks>
internal sealed unsafe class Panels
{
    /// <summary>Values of one lane group.</summary>
    public const int Lane = KernelSet.ReductionLanes;

    /// <summary>Most lane groups of one panel: the four gates.</summary>
    public const int MostLanes = 4;

    private readonly AlignedBuffer _words;
    private readonly PanelFormat _format;
    private readonly int _lanes, _lastLanes, _firstDepth, _secondDepth;

    // Of every panel: looked up in each time step.
    private readonly PanelPart[] _inputs, _recurrents;

    private Panels(PanelFormat format, int count, int lanes, int lastLanes, int firstDepth, int secondDepth)
    {
        (_format, Count, _lanes, _lastLanes, _firstDepth, _secondDepth) = (format, count, lanes, lastLanes, firstDepth, secondDepth);
        long words = (((long)(count - 1) * lanes) + lastLanes) * Lane * (Words(firstDepth) + Words(secondDepth));
        _words = new AlignedBuffer(words, isCleared: true);
        Stride = _lanes * Lane * (Words(_firstDepth) + Words(_secondDepth));
        (_inputs, _recurrents) = (new PanelPart[count], new PanelPart[count]);
        for (int panel = 0; panel < count; panel++)
        {
            _inputs[panel] = Part(panel, IsRecurrentFirst ? _secondDepth : 0, _firstDepth);
            _recurrents[panel] = Part(panel, IsRecurrentFirst ? 0 : _firstDepth, _secondDepth);
        }
    }

    /// <summary>Number of panels.</summary>
    public int Count { get; }

    /// <summary>Bytes of all weights, padding included.</summary>
    public long Bytes => _words.Length * sizeof(float);

    /// <summary><paramref name="length"/> rounded up to whole lane groups.</summary>
    public static int Padded(int length) => (length + Lane - 1) / Lane * Lane;

    /// <summary>The gates of a recurrent cell: panel p holds units 16p … 16p + 15, one lane group per gate, first the part for the input, then that for the hidden state.</summary>
    /// <param name="format">How the weights are held.</param>
    /// <param name="gates">Gates, at most four.</param>
    /// <param name="units">H</param>
    /// <param name="input">W [gates · H, I]</param>
    /// <param name="recurrent">U [gates · H, P]</param>
    public static Panels OfGates(PanelFormat format, int gates, int units, ReadOnlySpan<float> input, ReadOnlySpan<float> recurrent)
    {
        int inputs = input.Length / (gates * units), outputs = recurrent.Length / (gates * units);
        var panels = new Panels(format, Padded(units) / Lane, gates, gates, inputs, outputs);
        for (int unit = 0; unit < units; unit += Lane)
        {
            int count = Math.Min(Lane, units - unit);
            for (int gate = 0; gate < gates; gate++)
            {
                int row = (gate * units) + unit;
                SetLane(panels.Input(unit / Lane), gate, input.Slice(row * inputs, count * inputs));
                SetLane(panels.Recurrent(unit / Lane), gate, recurrent.Slice(row * outputs, count * outputs));
            }
        }

        return panels;
    }

    /// <summary>The columns of a linear map y = x·Wᵀ in their own order.</summary>
    /// <param name="format">How the weights are held.</param>
    /// <param name="outputs">N</param>
    /// <param name="weight">W [N, K]</param>
    public static Panels OfColumns(PanelFormat format, int outputs, ReadOnlySpan<float> weight)
    {
        int depth = weight.Length / outputs, lanes = Padded(outputs) / Lane, count = (lanes + MostLanes - 1) / MostLanes;
        var panels = new Panels(format, count, MostLanes, lanes - ((count - 1) * MostLanes), depth, 0);
        for (int column = 0; column < outputs; column += Lane)
        {
            int lane = column / Lane;
            SetLane(panels.Input(lane / MostLanes), lane % MostLanes, weight.Slice(column * depth, Math.Min(Lane, outputs - column) * depth));
        }

        return panels;
    }

    /// <summary>Words that one row takes which is packed for a product with these panels.</summary>
    public static int TileLength(PanelFormat format, int depth) => format.RoundsRows() ? ByteRow.TileLength(depth) : depth;

    /// <summary>How the weights are held.</summary>
    public PanelFormat Format => _format;

    /// <summary>Words from one panel to the next.</summary>
    public nint Stride { get; }

    /// <summary>The weights of a panel for the input. Valid while this object is reachable.</summary>
    public ref readonly PanelPart Input(int panel) => ref _inputs[panel];

    /// <summary>The weights of a panel for the hidden state. Valid while this object is reachable.</summary>
    public ref readonly PanelPart Recurrent(int panel) => ref _recurrents[panel];

    // The columns of one lane group, given as rows [up to 16, K].
    private static void SetLane(PanelPart part, int lane, ReadOnlySpan<float> rows)
    {
        int depth = part.Depth, count = depth == 0 ? 0 : rows.Length / depth;
        float* to = part.Start + (lane * Lane);
        switch (part.Format)
        {
            case PanelFormat.Single:
                SetSingles(rows, count, depth, to, part.Columns);
                break;
            case PanelFormat.BrainPairs:
                SetPairs(rows, count, depth, (uint*)to, part.Columns);
                break;
            case PanelFormat.Bytes:
                for (int column = 0; column < count; column++)
                {
                    ByteRow.SetColumn(part, (lane * Lane) + column, rows.Slice(column * depth, depth));
                }

                break;
            default:
                for (int column = 0; column < count; column++)
                {
                    NibbleColumn.Set(part, (lane * Lane) + column, rows.Slice(column * depth, depth));
                }

                break;
        }
    }

    // Written line after line. A model is packed once, long before such code would be compiled for speed by itself.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SetSingles(ReadOnlySpan<float> rows, int count, int depth, float* to, int stride)
    {
        for (int k = 0; k < depth; k++, to += stride)
        {
            for (int column = 0; column < count; column++)
            {
                to[column] = rows[(column * depth) + k];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SetPairs(ReadOnlySpan<float> rows, int count, int depth, uint* to, int stride)
    {
        for (int k = 0; k < depth; k += 2, to += stride)
        {
            for (int column = 0; column < count; column++)
            {
                ReadOnlySpan<float> values = rows.Slice(column * depth, depth);
                to[column] = BrainFloat.Bits(values[k]) | (k + 1 < depth ? (uint)BrainFloat.Bits(values[k + 1]) << 16 : 0);
            }
        }
    }

    // Rows of as many words as there are columns.
    private nint Words(int depth) => _format switch
    {
        PanelFormat.Single => depth,
        PanelFormat.BrainPairs => (depth + 1) / 2,
        PanelFormat.Bytes => depth == 0 ? 0 : 2 + ByteRow.Quads(depth),
        _ => depth == 0 ? 0 : 1 + NibbleColumn.Octets(depth),
    };

    // In the order in which a time step reads them.
    private bool IsRecurrentFirst => _format.RoundsRows();

    private PanelPart Part(int panel, int depthBefore, int depth)
    {
        int lanes = panel == Count - 1 ? _lastLanes : _lanes;
        return new(_words.Start + (panel * Stride) + (Words(depthBefore) * lanes * Lane), lanes, depth, _format);
    }
}
