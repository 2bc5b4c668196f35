using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>The plain LSTM, trained with one of the three recurrent dropouts. At inference it is the plain LSTM.</summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record DropoutLstmConfig(int InputSize, int HiddenSize) : LstmFamilyConfig(InputSize, HiddenSize)
{
    /// <summary>What is dropped.</summary>
    /// <value>candidate</value>
    public RecurrentDropout Kind { get; init; } = RecurrentDropout.Candidate;

    /// <summary>p, share that is dropped while training, 0 ≤ p &lt; 1.</summary>
    /// <value>0.25</value>
    public float Rate { get; init; } = 0.25f;

    /// <summary>Candidate only: true to draw a new mask at every time step, false to keep one mask for the whole sequence.</summary>
    /// <value>true</value>
    public bool PerStep { get; init; } = true;

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => (DropoutLstmConfig)base.With(json) with
    {
        Kind = json.Get(Kind),
        Rate = json.Get(Rate),
        PerStep = json.Get(PerStep),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => CheckFamily().Named(Kind).Rate(Rate);
}
