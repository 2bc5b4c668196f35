using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>What every recurrent layer has in common: a stack of cells, run in one or both directions of time.</summary>
/// <param name="InputSize">I, features of one time step; 1 or more.</param>
/// <param name="HiddenSize">H, units per layer and direction; 1 or more.</param>
public abstract record RecurrentConfig(int InputSize, int HiddenSize) : LayerConfig
{
    /// <summary>L, number of stacked layers, 1 … 1000.</summary>
    /// <value>1</value>
    public int Layers { get; init; } = 1;

    /// <summary>True to run a second stack backwards in time and join both outputs: features [forward, backward].</summary>
    /// <value>false</value>
    public bool Bidirectional { get; init; }

    /// <summary>True to have biases: the two that PyTorch has for <see cref="LstmConfig"/> and <see cref="GruConfig"/>, one for every other cell.</summary>
    /// <value>true</value>
    public bool Bias { get; init; } = true;

    /// <summary>Share of features set to zero between stacked layers while training, 0 ≤ p &lt; 1 (Zaremba et al. 2014).</summary>
    /// <value>0</value>
    public float Dropout { get; init; }

    /// <summary>Directions run per layer: 1 or 2.</summary>
    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>Width of h as it leaves a cell and recurs: P with projection, else H.</summary>
    public virtual int OutputSize => HiddenSize;

    /// <inheritdoc/>
    public sealed override int InputFeatures => InputSize;

    /// <inheritdoc/>
    public sealed override int OutputFeatures => OutputSize * Directions;

    /// <summary>The recurrent layer that a network is or ends in; null when it ends in another one.</summary>
    public static RecurrentConfig? LastOf(LayerConfig network) => network switch
    {
        RecurrentConfig recurrent => recurrent,
        SequentialConfig { Layers: [.., RecurrentConfig last] } => last,
        _ => null,
    };

    /// <inheritdoc/>
    public sealed override LayerConfig WithInput(int features) => this with { InputSize = features };

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with
    {
        InputSize = json.Get(InputSize),
        HiddenSize = json.Get(HiddenSize),
        Layers = json.Get(Layers),
        Bidirectional = json.Get(Bidirectional),
        Bias = json.Get(Bias),
        Dropout = json.Get(Dropout),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => Check();

    /// <summary>Features that go into one layer of the stack: I for the first, all outputs of the layer below for the others.</summary>
    /// <param name="layer">Layer of the stack, counted from 0.</param>
    public int InputSizeOf(int layer) => layer == 0 ? InputSize : OutputFeatures;

    /// <inheritdoc/>
    public sealed override IEnumerable<ParameterSpec> Parameters()
    {
        for (int layer = 0; layer < Layers; layer++)
        {
            for (int direction = 0; direction < Directions; direction++)
            {
                foreach (ParameterSpec parameter in CellParameters(InputSizeOf(layer)))
                {
                    yield return parameter with { Name = TensorNames.At(parameter.Name, layer, direction == 1) };
                }
            }
        }
    }

    /// <summary>The tensors of one cell, without the suffix for layer and direction.</summary>
    /// <param name="input">Features that go into this cell.</param>
    protected abstract IEnumerable<ParameterSpec> CellParameters(int input);

    /// <summary>The problems of the fields declared here, to be joined by those of the derived record.</summary>
    private protected Problems Check() => new Problems().Size(InputSize).Size(HiddenSize).Depth(Layers).Rate(Dropout);
}
