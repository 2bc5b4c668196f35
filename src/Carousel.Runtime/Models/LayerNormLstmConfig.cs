using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>The LSTM with layer normalisation, in both published forms (Ba et al. 2016).</summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record LayerNormLstmConfig(int InputSize, int HiddenSize) : LstmFamilyConfig(InputSize, HiddenSize)
{
    /// <summary>Where it normalises.</summary>
    /// <value>pre_activation</value>
    public LayerNormPlacement Variant { get; init; } = LayerNormPlacement.PreActivation;

    /// <summary>Over which values the statistics of the pre-activations are taken.</summary>
    /// <value>per_gate</value>
    public LayerNormGroup NormGroup { get; init; } = LayerNormGroup.PerGate;

    /// <summary>ε, added to the variance; above 0.</summary>
    /// <value>1e-5</value>
    public float Epsilon { get; init; } = 1e-5f;

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => (LayerNormLstmConfig)base.With(json) with
    {
        Variant = json.Get(Variant),
        NormGroup = json.Get(NormGroup),
        Epsilon = json.Get(Epsilon),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => CheckFamily().Named(Variant).Named(NormGroup).Positive(Epsilon)
        .Require(Bias, nameof(Bias), "false", "true (the normalisation's shift is the bias of this cell)");

    /// <summary>
    /// weight_ih, weight_hh; pre_activation: ln_gamma, ln_beta [4H]; ba2016: bias [4H], ln_x_gamma, ln_x_beta, ln_h_gamma, ln_h_beta [4H], ln_c_gamma, ln_c_beta [H].
    /// </summary>
    /// <param name="input">Features that go into this cell.</param>
    protected override IEnumerable<ParameterSpec> CellParameters(int input)
    {
        int gates = 4 * HiddenSize;
        yield return new(TensorNames.InputWeight, [gates, input]);
        yield return new(TensorNames.HiddenWeight, [gates, HiddenSize]);
        if (Variant == LayerNormPlacement.PreActivation)
        {
            yield return new("ln_gamma", [gates]);
            yield return new("ln_beta", [gates]);
            yield break;
        }

        yield return new(TensorNames.Bias, [gates]);
        yield return new("ln_x_gamma", [gates]);
        yield return new("ln_x_beta", [gates]);
        yield return new("ln_h_gamma", [gates]);
        yield return new("ln_h_beta", [gates]);
        yield return new("ln_c_gamma", [HiddenSize]);
        yield return new("ln_c_beta", [HiddenSize]);
    }
}
