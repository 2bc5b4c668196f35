using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>[T, features] between two layers of a whole-sequence run.</summary>
internal sealed unsafe class SequenceBuffer
{
    private readonly AlignedBuffer _values;

    /// <summary>Allocates.</summary>
    public SequenceBuffer(int steps, int width)
    {
        int stride = Panels.Padded(width);
        _values = new AlignedBuffer((long)steps * stride);
        Rows = new Rows(_values.Start, stride);
        new Span<float>(_values.Start, checked((int)_values.Length)).Clear();
    }

    /// <summary>The rows; valid while this object is reachable.</summary>
    public Rows Rows { get; }

    /// <summary>Sets magnitudes below 2⁻¹⁰⁰ to zero.</summary>
    public void Flush(StepKernels kernels) => kernels.Flush(_values.Start, _values.Start, (int)_values.Length);
}
