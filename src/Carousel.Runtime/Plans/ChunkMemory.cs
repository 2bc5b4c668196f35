using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>What a stream needs beside its <see cref="PlanMemory"/> to take several time steps layer after layer: the rows between the layers. Allocated once.</summary>
internal sealed unsafe class ChunkMemory
{
    /// <summary>Most time steps at once: enough for the weights to be read once for many, few enough for the rows to stay in a near cache.</summary>
    public const int MostSteps = 32;

    private readonly AlignedBuffer _values;

    /// <summary>Allocates zeros.</summary>
    /// <param name="inputs">Features of one time step going in.</param>
    /// <param name="layers">In running order.</param>
    public ChunkMemory(int inputs, IReadOnlyList<PlanStep> layers)
    {
        int[] widths = [Panels.Padded(inputs), .. layers.Select(static layer => Panels.Padded(layer.OutputWidth))];
        _values = new AlignedBuffer((long)MostSteps * (widths.Sum() + layers.Max(static layer => layer.ChunkLength)));
        new Span<float>(_values.Start, checked((int)_values.Length)).Clear();
        Rows = new Rows[widths.Length];
        float* start = _values.Start;
        for (int at = 0; at < widths.Length; at++)
        {
            Rows[at] = new Rows(start, widths[at]);
            start += (nint)MostSteps * widths[at];
        }

        Scratch = start;
    }

    /// <summary>What goes into each layer, and last what comes out of all: [<see cref="MostSteps"/>, features]. Valid while this object is reachable.</summary>
    public Rows[] Rows { get; }

    /// <summary>Memory of the layer at work. Valid while this object is reachable.</summary>
    public float* Scratch { get; }
}
