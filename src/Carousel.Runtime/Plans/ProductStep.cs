using Carousel.Runtime.Kernels;
using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>y = x·Wᵀ + b for the rows of a frame: the part that linear layers, projections and the cells with statistics over all units share.</summary>
internal sealed unsafe class ProductStep
{
    private readonly StepKernels _kernels;
    private readonly Panels _panels;
    private readonly AlignedBuffer? _bias;

    /// <summary>Packs the weights.</summary>
    /// <param name="kernels">The arithmetic.</param>
    /// <param name="format">How the weights are held.</param>
    /// <param name="outputs">N</param>
    /// <param name="weight">W [N, K]</param>
    /// <param name="bias">b [N], or null.</param>
    public ProductStep(KernelSet kernels, PanelFormat format, int outputs, ReadOnlySpan<float> weight, float[]? bias)
    {
        _kernels = kernels.Steps;
        (Inputs, Outputs) = (weight.Length / outputs, outputs);
        _panels = Panels.OfColumns(format, outputs, weight);
        _bias = bias is null ? null : Aligned(bias);
    }

    /// <summary>N</summary>
    public int Outputs { get; }

    /// <summary>Bytes of the weights.</summary>
    public long WeightBytes => _panels.Bytes;

    /// <summary>K</summary>
    public int Inputs { get; }

    /// <summary>Words of scratch memory per row.</summary>
    public int TileLength => Panels.TileLength(_panels.Format, Inputs);

    /// <summary>False when it is so small that there is nothing to share.</summary>
    public bool IsShared => _panels.Count > 1;

    /// <summary>Multiplies: this member's panels.</summary>
    /// <param name="frame">Gives scratch memory: <see cref="TileLength"/> per row.</param>
    /// <param name="input">[B, K]</param>
    /// <param name="output">[B, N], this member's columns are written; not the input.</param>
    public void Run(Frame frame, Rows input, Rows output)
    {
        (int firstPanel, int endPanel) = frame.Member.Share(_panels.Count);
        if (firstPanel == endPanel)
        {
            return;
        }

        float* tiles = input.Tile != null ? input.Tile : input.Start;
        if (frame.Count > 1 || (_panels.Format.RoundsRows() && input.Tile == null))
        {
            tiles = frame.Take(TileLength).Start;
            _kernels.PackRows(_panels.Format, input.Start, input.Stride, frame.Count, Inputs, tiles);
        }

        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            int column = panel * Panels.MostLanes * Panels.Lane;
            _kernels.Multiply(_panels.Input(panel), tiles, frame.Count, _bias is null ? null : _bias.Start + column, output.Start + column, output.Stride);
        }
    }

    /// <summary>Multiplies the rows of a sequence, one after the other.</summary>
    /// <param name="frame">Gives scratch memory for one row.</param>
    /// <param name="input">[T, K]</param>
    /// <param name="output">[T, N], written; not the input.</param>
    /// <param name="steps">T</param>
    public void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            Run(frame, input.From(step), output.From(step));
        }
    }

    /// <summary>Sets magnitudes below 2⁻¹⁰⁰ to zero in this member's columns.</summary>
    public void Flush(Frame frame, Rows output)
    {
        (int first, int width) = Columns(frame);
        for (int row = 0; row < frame.Count; row++)
        {
            float* values = output.From(row).Start + first;
            _kernels.Flush(values, values, width);
        }
    }

    /// <summary>This member's columns, padding included.</summary>
    public (int First, int Width) Columns(Frame frame)
    {
        (int firstPanel, int endPanel) = frame.Member.Share(_panels.Count);
        const int ofPanel = Panels.MostLanes * Panels.Lane;
        int width = Panels.Padded(Outputs), first = Math.Min(firstPanel * ofPanel, width);
        return (first, Math.Min(endPanel * ofPanel, width) - first);
    }

    /// <summary>A copy on a line boundary, filled up with zeros.</summary>
    public static AlignedBuffer Aligned(ReadOnlySpan<float> values)
    {
        var buffer = new AlignedBuffer(Panels.Padded(values.Length));
        var span = new Span<float>(buffer.Start, (int)buffer.Length);
        span.Clear();
        values.CopyTo(span);
        return buffer;
    }
}
