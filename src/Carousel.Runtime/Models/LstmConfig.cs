using System.Text.Json.Serialization;

namespace Carousel.Runtime.Models;

/// <summary>
/// The plain LSTM (Hochreiter &amp; Schmidhuber 1997, with the forget gate of Gers et al. 2000 and, if asked for, the projection of Sak et al. 2014),
/// stacked, in one or both directions.
/// </summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record LstmConfig(int InputSize, int HiddenSize) : LayerConfig
{
    /// <summary>Number of stacked layers, 1 or more.</summary>
    /// <value>1</value>
    public int Layers { get; init; } = 1;

    /// <summary>True to run a second stack backwards in time and join both outputs: features [forward, backward].</summary>
    /// <value>false</value>
    public bool Bidirectional { get; init; }

    /// <summary>P, width to which h is projected before it leaves the cell and before it recurs; 0 for no projection, else 1 … H − 1.</summary>
    /// <value>0</value>
    public int ProjectionSize { get; init; }

    /// <summary>True to have the two bias vectors <c>bias_ih</c> and <c>bias_hh</c>, which are added.</summary>
    /// <value>true</value>
    public bool Bias { get; init; } = true;

    /// <summary>Share of features set to zero between stacked layers while training, 0 ≤ p &lt; 1 (Zaremba et al. 2014).</summary>
    /// <value>0</value>
    public float Dropout { get; init; }

    /// <summary>Start value of the forget gate's bias (Gers et al. 2000; Jozefowicz et al. 2015).</summary>
    /// <value>1</value>
    public float ForgetBias { get; init; } = 1;

    /// <summary>Directions run per layer: 1 or 2.</summary>
    [JsonIgnore]
    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>Width of h: P with projection, else H.</summary>
    [JsonIgnore]
    public int OutputSize => ProjectionSize > 0 ? ProjectionSize : HiddenSize;

    /// <inheritdoc/>
    public override int InputFeatures => InputSize;

    /// <inheritdoc/>
    public override int OutputFeatures => OutputSize * Directions;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        if (InputSize < 1)
        {
            yield return $"input_size is {InputSize}, expected 1 or more";
        }

        if (HiddenSize < 1)
        {
            yield return $"hidden_size is {HiddenSize}, expected 1 or more";
        }

        if (Layers < 1)
        {
            yield return $"layers is {Layers}, expected 1 or more";
        }

        if (ProjectionSize < 0 || (ProjectionSize > 0 && ProjectionSize >= HiddenSize))
        {
            yield return $"projection_size is {ProjectionSize}, expected 0 (none) or 1 … hidden_size − 1 = {HiddenSize - 1}";
        }

        if (!(Dropout >= 0 && Dropout < 1))
        {
            yield return $"dropout is {Dropout}, expected 0 ≤ p < 1";
        }

        if (!float.IsFinite(ForgetBias))
        {
            yield return $"forget_bias is {ForgetBias}, expected a finite number";
        }
    }
}
