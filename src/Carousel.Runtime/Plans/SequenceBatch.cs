using Carousel.Runtime.Kernels.Products;
using Carousel.Runtime.Kernels.Steps;

namespace Carousel.Runtime.Plans;

/// <summary>Sequences side by side, longest first, time step after time step: only those that have a step lie in it, so there is nothing to mask.</summary>
internal sealed unsafe class SequenceBatch
{
    private readonly int[] _starts;
    private readonly AlignedBuffer _values;
    private readonly int _stride;

    /// <summary>Allocates.</summary>
    /// <param name="lengths">Steps of each sequence [B], 1 or more, none longer than the one before.</param>
    /// <param name="width">Features of a step.</param>
    public SequenceBatch(IReadOnlyList<int> lengths, int width)
    {
        (Lengths, Width, _stride) = (lengths, width, Panels.Padded(width));
        _starts = new int[lengths[0] + 1];
        for (int step = 0, active = lengths.Count; step < lengths[0]; step++)
        {
            while (lengths[active - 1] <= step)
            {
                active--;
            }

            _starts[step + 1] = checked(_starts[step] + active);
        }

        _values = new AlignedBuffer((long)_starts[^1] * _stride);
        new Span<float>(_values.Start, checked((int)_values.Length)).Clear();
    }

    /// <summary>Steps of each sequence [B].</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>T, steps of the longest.</summary>
    public int Steps => _starts.Length - 1;

    /// <summary>Features of a step.</summary>
    public int Width { get; }

    /// <summary>Sequences that have a step.</summary>
    public int Active(int step) => _starts[step + 1] - _starts[step];

    /// <summary>A step of the sequences that have it; valid while this object is reachable.</summary>
    public Rows At(int step) => new(_values.Start + ((nint)_starts[step] * _stride), _stride);

    /// <summary>A step of one sequence.</summary>
    public Span<float> Row(int step, int sequence) => At(step).Row(sequence, Width);
}
