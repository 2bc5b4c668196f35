using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// The LSTM whose units keep their previous value at random while training, and the expected mixture of both values otherwise (zoneout: Krueger et al. 2017).
/// h mixes o·tanh of the new cell value, not of the mixed one.
/// </summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record ZoneoutLstmConfig(int InputSize, int HiddenSize) : LstmFamilyConfig(InputSize, HiddenSize)
{
    /// <summary>d_c, share of cell values kept from the step before, 0 ≤ d &lt; 1.</summary>
    /// <value>0.5</value>
    public float CellRate { get; init; } = 0.5f;

    /// <summary>d_h, share of hidden values kept from the step before, 0 ≤ d &lt; 1.</summary>
    /// <value>0.05</value>
    public float HiddenRate { get; init; } = 0.05f;

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => (ZoneoutLstmConfig)base.With(json) with
    {
        CellRate = json.Get(CellRate),
        HiddenRate = json.Get(HiddenRate),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => CheckFamily().Rate(CellRate).Rate(HiddenRate);
}
