using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// The LSTM whose gates see the cell through diagonal weights: i and f see c₋, o sees c (Gers &amp; Schmidhuber 2000; Graves 2013); with the projection of
/// Sak et al. 2014 if asked for.
/// </summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record PeepholeLstmConfig(int InputSize, int HiddenSize) : LstmFamilyConfig(InputSize, HiddenSize)
{
    /// <summary>P, width to which h is projected before it leaves the cell and before it recurs; 0 for no projection, else 1 … H − 1.</summary>
    /// <value>0</value>
    public int ProjectionSize { get; init; }

    /// <inheritdoc/>
    public override int OutputSize => ProjectionSize > 0 ? ProjectionSize : HiddenSize;

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => (PeepholeLstmConfig)base.With(json) with { ProjectionSize = json.Get(ProjectionSize) };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => CheckFamily().Projection(ProjectionSize, HiddenSize);

    /// <summary>The family's tensors, then weight_ci, weight_cf, weight_co [H], and weight_hr [P, H] with projection.</summary>
    /// <param name="input">Features that go into this cell.</param>
    protected override IEnumerable<ParameterSpec> CellParameters(int input)
    {
        IEnumerable<ParameterSpec> parameters = base.CellParameters(input)
            .Append(new("weight_ci", [HiddenSize]))
            .Append(new("weight_cf", [HiddenSize]))
            .Append(new("weight_co", [HiddenSize]));
        return ProjectionSize > 0 ? parameters.Append(new(TensorNames.Projection, [ProjectionSize, HiddenSize])) : parameters;
    }
}
