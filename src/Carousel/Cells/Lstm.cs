using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>
/// The plain LSTM, stacked, in one or both directions, with or without projection. Parameters carry PyTorch's names; equations in <see cref="LstmSequence"/>.
/// </summary>
public sealed class Lstm : Layer
{
    private readonly Parameter[][] _parameters;
    private readonly LstmWeights[] _weights;

    /// <summary>Makes the layer with fresh weights.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way. Biases start at 0, the forget gate's at <see cref="LstmFamilyConfig.ForgetBias"/>.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    public Lstm(LstmConfig config, RandomSource random, Initialization? initialization = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        string[] problems = [.. config.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"LSTM: {string.Join("; ", problems)}", nameof(config));
        }

        Config = config;
        initialization ??= Initialization.Default;
        int count = config.Layers * config.Directions;
        (_parameters, _weights) = (new Parameter[count][], new LstmWeights[count]);
        for (int at = 0; at < count; at++)
        {
            (_parameters[at], _weights[at]) = Create(config, at / config.Directions, isReverse: at % config.Directions == 1, random, initialization);
        }
    }

    /// <summary>Sizes and switches.</summary>
    public LstmConfig Config { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() => _parameters.SelectMany(group => group).Select(parameter => (parameter.Name, parameter));

    /// <summary>Runs all layers over a sequence.</summary>
    /// <param name="tape">Where the operations are recorded.</param>
    /// <param name="x">[T, B, I]</param>
    /// <param name="state">State before the first step; null for zeros.</param>
    /// <param name="lengths">Valid steps of each sequence; null when all have T. Backward directions start at each sequence's own last valid step.</param>
    /// <returns>[T, B, D·P], zero beyond each length, and the state at each sequence's own end.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public (Tensor Output, LstmState State) Forward(Tape tape, Tensor x, LstmState? state = null, IReadOnlyList<int>? lengths = null)
    {
        int directions = Config.Directions;
        if (state is not null && state.Hidden.Shape[0] != _weights.Length)
        {
            throw new ArgumentException($"the state of {Config.Layers} layers in {directions} directions has {_weights.Length} entries, found {state.Hidden}", nameof(state));
        }

        var hiddens = new Tensor[_weights.Length];
        var cells = new Tensor[_weights.Length];
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            var outputs = new Tensor[directions];
            for (int direction = 0; direction < directions; direction++)
            {
                int at = (layer * directions) + direction;
                using Tape.Scope scope = tape.Enter($"lstm_l{layer}{(direction == 1 ? "_reverse" : "")}");
                (outputs[direction], hiddens[at], cells[at]) = tape.Lstm(x, _weights[at], state?.Hidden.At(at), state?.Cell.At(at), lengths, reverse: direction == 1);
            }

            x = directions == 1 ? outputs[0] : tape.Concat(outputs);
            if (layer + 1 < Config.Layers)
            {
                x = tape.Dropout(x, Config.Dropout);
            }
        }

        return (x, new LstmState(tape.Stack(hiddens), tape.Stack(cells)));
    }

    /// <inheritdoc/>
    public override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        Forward(tape, x, Own<LstmState>(state), lengths);

    private static (Parameter[] Parameters, LstmWeights Weights) Create(LstmConfig config, int layer, bool isReverse, RandomSource random, Initialization initialization)
    {
        int inputs = layer == 0 ? config.InputSize : config.OutputFeatures;
        string suffix = $"_l{layer}{(isReverse ? "_reverse" : "")}";
        var inputHidden = new Parameter($"weight_ih{suffix}", 4 * config.HiddenSize, inputs);
        var hiddenHidden = new Parameter($"weight_hh{suffix}", 4 * config.HiddenSize, config.OutputSize);
        initialization.Input(inputHidden, random);
        for (int gate = 0; gate < 4; gate++)
        {
            initialization.Recurrent(hiddenHidden.Tensor.Range(gate * config.HiddenSize, config.HiddenSize), random);
        }

        var parameters = new List<Parameter> { inputHidden, hiddenHidden };
        Parameter? inputBias = null, hiddenBias = null, projection = null;
        if (config.Bias)
        {
            inputBias = new Parameter($"bias_ih{suffix}", 4 * config.HiddenSize);
            hiddenBias = new Parameter($"bias_hh{suffix}", 4 * config.HiddenSize);
            inputBias.Tensor.Values.Slice(config.HiddenSize, config.HiddenSize).Fill(config.ForgetBias);
            parameters.AddRange([inputBias, hiddenBias]);
        }

        if (config.ProjectionSize > 0)
        {
            projection = new Parameter($"weight_hr{suffix}", config.ProjectionSize, config.HiddenSize);
            initialization.Input(projection, random);
            parameters.Add(projection);
        }

        return ([.. parameters], new LstmWeights(inputHidden, hiddenHidden, inputBias?.Tensor, hiddenBias?.Tensor, projection?.Tensor));
    }
}
