using System.Globalization;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>Looks up one row of a table, beside which a decoder may be fed what it remembers. Ids are checked before the step: <see cref="Check"/>.</summary>
internal sealed unsafe class EmbeddingStep : PlanStep
{
    private readonly float[] _table;
    private readonly int _rows, _width, _output;
    private readonly StateSlot? _fed;

    /// <summary>Copies the table.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="weights">The parameters of this layer.</param>
    /// <param name="layout">Places in a stream's memory.</param>
    /// <param name="kernels">The arithmetic.</param>
    /// <param name="fed">State of a later step that goes beside the row of the table; null for none.</param>
    public EmbeddingStep(EmbeddingConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels, StateSlot? fed = null)
        : base(kernels)
    {
        (_table, _rows, _width, _fed) = (weights["weight"], config.VocabularySize, config.EmbeddingSize, fed);
        OutputWidth = _width + (fed?.Width ?? 0);
        _output = layout.Activation(OutputWidth);
    }

    public override int OutputWidth { get; }

    public override Rows Run(Frame frame, Rows input)
    {
        Rows output = frame.Activation(_output, OutputWidth);
        for (int row = 0; row < frame.Count; row++)
        {
            int id = Math.Clamp((int)*input.From(row).Start, 0, _rows - 1);
            Span<float> to = output.Row(row, OutputWidth);
            _table.AsSpan(id * _width, _width).CopyTo(to);
            if (_fed is not null)
            {
                frame.Of(_fed).Row(row, _fed.Width).CopyTo(to[_width..]);
            }
        }

        return output;
    }

    /// <summary>Refuses what is no id, before any state has changed.</summary>
    /// <exception cref="ArgumentException">An element is no whole number from 0 to V − 1.</exception>
    public void Check(ReadOnlySpan<float> ids)
    {
        foreach (float id in ids)
        {
            if (!(id >= 0 && id < _rows && id == MathF.Truncate(id)))
            {
                throw new ArgumentException($"the id {id.ToString(CultureInfo.InvariantCulture)} is not in the table, expected a whole number 0 … {_rows - 1}", nameof(ids));
            }
        }
    }
}
