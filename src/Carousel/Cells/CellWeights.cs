using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>The parameters of one cell by their names without the suffix for layer and direction: <c>weight_ih</c>, <c>bias</c>.</summary>
public sealed class CellWeights
{
    private readonly Dictionary<string, Parameter> _byName;

    internal CellWeights(IEnumerable<Parameter> parameters, string suffix) =>
        _byName = parameters.ToDictionary(parameter => parameter.Name[..^suffix.Length]);

    /// <summary>A parameter that every configuration of the cell has.</summary>
    public Tensor this[string name] => _byName[name];

    /// <summary>A parameter, or null when this configuration is without it.</summary>
    public Tensor? Find(string name) => _byName.GetValueOrDefault(name)?.Tensor;

    /// <summary>
    /// The usual start: W and W_hr by <see cref="Initialization.Input"/>, each gate's block of U by <see cref="Initialization.Recurrent"/>, the γ of a normalisation 1,
    /// the forget gate's bias as configured, all else 0, so that peepholes begin as the plain LSTM.
    /// </summary>
    internal void Start(RecurrentConfig config, Initialization initialization, RandomSource random)
    {
        int units = config.HiddenSize;
        foreach ((string name, Parameter parameter) in _byName)
        {
            Tensor tensor = parameter.Tensor;
            if (name == TensorNames.HiddenWeight)
            {
                for (int row = 0; row < tensor.Shape[0]; row += units)
                {
                    initialization.Recurrent(tensor.Range(row, units), random);
                }
            }
            else if (name is TensorNames.InputWeight or TensorNames.Projection)
            {
                initialization.Input(tensor, random);
            }
            else if (name.EndsWith("_gamma", StringComparison.Ordinal))
            {
                tensor.Values.Fill(1);
            }
        }

        if (config is LstmFamilyConfig family && (Find(TensorNames.InputBias) ?? Find(TensorNames.Bias) ?? Find("ln_beta")) is { } bias)
        {
            StartGates(family, bias.Values[..units], bias.Values.Slice(units, units), random);
        }
    }

    // The coupled cell has no forget gate of its own: it forgets by 1 − σ(z_i) = σ(−z_i).
    private static void StartGates(LstmFamilyConfig config, Span<float> input, Span<float> forget, RandomSource random)
    {
        bool isCoupled = config is CoupledLstmConfig;
        for (int unit = 0; unit < forget.Length; unit++)
        {
            float bias = config.MemorySteps == 0 ? config.ForgetBias : MathF.Log(1 + (random.NextSingle() * (config.MemorySteps - 2)));
            if (isCoupled || config.MemorySteps > 0)
            {
                input[unit] = -bias;
            }

            if (!isCoupled)
            {
                forget[unit] = bias;
            }
        }
    }
}
