using System.Globalization;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>Looks up one row of a table. Ids are checked before the step: <see cref="Check"/>.</summary>
internal sealed unsafe class EmbeddingStep : PlanStep
{
    private readonly float[] _table;
    private readonly int _rows, _output;

    public EmbeddingStep(EmbeddingConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        (_table, _rows, OutputWidth) = (weights["weight"], config.VocabularySize, config.EmbeddingSize);
        _output = layout.Activation(OutputWidth);
    }

    public override int OutputWidth { get; }

    public override Rows Run(Frame frame, Rows input)
    {
        Rows output = frame.Activation(_output, OutputWidth);
        for (int row = 0; row < frame.Count; row++)
        {
            int id = Math.Clamp((int)*input.From(row).Start, 0, _rows - 1);
            _table.AsSpan(id * OutputWidth, OutputWidth).CopyTo(output.Row(row, OutputWidth));
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
