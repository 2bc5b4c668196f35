using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>What every cell of the LSTM family has: four blocks of H rows in the order i f g o (<see cref="GateOrder.Lstm"/>) and a forget gate.</summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public abstract record LstmFamilyConfig(int InputSize, int HiddenSize) : RecurrentConfig(InputSize, HiddenSize)
{
    /// <summary>Start value of the forget gate's bias (Gers et al. 2000; Jozefowicz et al. 2015).</summary>
    /// <value>1</value>
    public float ForgetBias { get; init; } = 1;

    /// <summary>
    /// T, longest memory in time steps that the gates start with; 0 or 2 and more. Each unit's forget gate starts with the bias b = ln u, u drawn evenly from 1 … T − 1, so that it keeps
    /// its cell for about u steps, and its input gate with −b, so that what it keeps is not buried at once (chrono initialisation, Tallec &amp; Ollivier 2018). 0 starts every unit with
    /// <see cref="ForgetBias"/> instead.
    /// </summary>
    /// <value>0</value>
    public int MemorySteps { get; init; }

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => (LstmFamilyConfig)base.With(json) with
    {
        ForgetBias = json.Get(ForgetBias),
        MemorySteps = json.Get(MemorySteps),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => CheckFamily();

    /// <summary>weight_ih [4H, input], weight_hh [4H, H or P] and, if there is one, bias [4H]; a cell with more tensors adds them.</summary>
    /// <param name="input">Features that go into this cell.</param>
    protected override IEnumerable<ParameterSpec> CellParameters(int input)
    {
        yield return new(TensorNames.InputWeight, [4 * HiddenSize, input]);
        yield return new(TensorNames.HiddenWeight, [4 * HiddenSize, OutputSize]);
        if (Bias)
        {
            yield return new(TensorNames.Bias, [4 * HiddenSize]);
        }
    }

    /// <summary>The problems of the fields declared here and below, to be joined by those of the derived record.</summary>
    private protected Problems CheckFamily() => Check().Finite(ForgetBias).Unless(MemorySteps is 0 or >= 2, $"memory_steps is {MemorySteps}, expected 0 (none) or 2 and more");
}
