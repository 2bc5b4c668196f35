using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// The LSTM with clamped values: the pre-activations of the gates (ONNX attribute <c>clip</c>), the cell (Sak et al. 2014), or both. The clamped value is
/// the one used and carried on.
/// </summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record ClippedLstmConfig(int InputSize, int HiddenSize) : LstmFamilyConfig(InputSize, HiddenSize)
{
    /// <summary>Bound of every z: clamped to [−clip, clip] before its activation; above 0, or null for none.</summary>
    /// <value>null</value>
    public float? GateClip { get; init; }

    /// <summary>Bound of every c: clamped to [−clip, clip]; above 0, or null for none.</summary>
    /// <value>null</value>
    public float? CellClip { get; init; }

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => (ClippedLstmConfig)base.With(json) with
    {
        GateClip = json.Get(GateClip),
        CellClip = json.Get(CellClip),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => CheckFamily()
        .Positive(GateClip ?? 1, nameof(GateClip))
        .Positive(CellClip ?? 1, nameof(CellClip))
        .Unless(GateClip is not null || CellClip is not null, "gate_clip and cell_clip are both missing, expected at least one (or type lstm)");
}
