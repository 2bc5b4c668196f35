using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>The gated recurrent unit, for contrast (Cho et al. 2014). Row blocks in the order r z n (<see cref="GateOrder.Gru"/>).</summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public sealed record GruConfig(int InputSize, int HiddenSize) : RecurrentConfig(InputSize, HiddenSize)
{
    /// <summary>
    /// True for n = tanh(W·x + b_in + r·(U·h + b_hn)), PyTorch's form with two biases; false for n = tanh(W·x + U·(r·h) + b), the paper's form with one.
    /// </summary>
    /// <value>true</value>
    public bool ResetAfter { get; init; } = true;

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => (GruConfig)base.With(json) with { ResetAfter = json.Get(ResetAfter) };

    /// <summary>weight_ih [3H, input], weight_hh [3H, H]; bias_ih, bias_hh [3H] when the reset comes after the product, else bias [3H].</summary>
    /// <param name="input">Features that go into this cell.</param>
    protected override IEnumerable<ParameterSpec> CellParameters(int input)
    {
        yield return new(TensorNames.InputWeight, [3 * HiddenSize, input]);
        yield return new(TensorNames.HiddenWeight, [3 * HiddenSize, HiddenSize]);
        if (Bias && ResetAfter)
        {
            yield return new(TensorNames.InputBias, [3 * HiddenSize]);
            yield return new(TensorNames.HiddenBias, [3 * HiddenSize]);
        }
        else if (Bias)
        {
            yield return new(TensorNames.Bias, [3 * HiddenSize]);
        }
    }
}
