using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// The plain LSTM (Hochreiter &amp; Schmidhuber 1997, with the forget gate of Gers et al. 2000 and, if asked for, the projection of Sak et al. 2014),
/// stacked, in one or both directions.
/// </summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record LstmConfig(int InputSize, int HiddenSize) : LstmFamilyConfig(InputSize, HiddenSize)
{
    /// <summary>P, width to which h is projected before it leaves the cell and before it recurs; 0 for no projection, else 1 … H − 1.</summary>
    /// <value>0</value>
    public int ProjectionSize { get; init; }

    /// <inheritdoc/>
    public override int OutputSize => ProjectionSize > 0 ? ProjectionSize : HiddenSize;

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => (LstmConfig)base.With(json) with { ProjectionSize = json.Get(ProjectionSize) };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => CheckFamily().Projection(ProjectionSize, HiddenSize);

    /// <summary>As PyTorch's nn.LSTM: weight_ih, weight_hh, bias_ih, bias_hh, and weight_hr [P, H] with projection.</summary>
    /// <param name="input">Features that go into this cell.</param>
    protected override IEnumerable<ParameterSpec> CellParameters(int input)
    {
        yield return new(TensorNames.InputWeight, [4 * HiddenSize, input]);
        yield return new(TensorNames.HiddenWeight, [4 * HiddenSize, OutputSize]);
        if (Bias)
        {
            yield return new(TensorNames.InputBias, [4 * HiddenSize]);
            yield return new(TensorNames.HiddenBias, [4 * HiddenSize]);
        }

        if (ProjectionSize > 0)
        {
            yield return new(TensorNames.Projection, [ProjectionSize, HiddenSize]);
        }
    }
}
