using System.Text.Json;
using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Cells;

/// <summary>Cells of one kind, stacked, in one or both directions. Names and shapes of the parameters are the config's.</summary>
/// <typeparam name="TConfig">Sizes and switches.</typeparam>
/// <typeparam name="TState">What it remembers, each tensor [L·D, B, width].</typeparam>
public abstract class RecurrentLayer<TConfig, TState> : Layer
    where TConfig : RecurrentConfig
    where TState : LayerState, IRecurrentState<TState>
{
    private readonly Parameter[] _parameters;
    private readonly string[] _suffixes;
    private readonly Cell<TState>[] _cells;

    /// <summary>Makes the layer with fresh weights.</summary>
    /// <param name="config">Sizes and switches.</param>
    /// <param name="random">Source of the starting weights.</param>
    /// <param name="initialization">How they start; null for the usual way.</param>
    /// <param name="makeCell">Makes the cell of one layer and direction from its weights.</param>
    /// <exception cref="ArgumentException">The config has problems; all are listed.</exception>
    protected RecurrentLayer(TConfig config, RandomSource random, Initialization? initialization, Func<CellWeights, Cell<TState>> makeCell)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(makeCell);
        config.ThrowIfInvalid();
        Config = config;
        _parameters = [.. config.Parameters().Select(parameter => new Parameter(parameter.Name, [.. parameter.Shape]))];
        int cells = config.Layers * config.Directions;
        _suffixes = new string[cells];
        _cells = new Cell<TState>[cells];
        foreach ((int at, Parameter[] own) in _parameters.Chunk(_parameters.Length / cells).Index())
        {
            _suffixes[at] = TensorNames.At("", at / config.Directions, IsReverse(at));
            var weights = new CellWeights(own, _suffixes[at]);
            weights.Start(config, initialization ?? Initialization.Default, random);
            _cells[at] = makeCell(weights);
        }
    }

    /// <summary>Sizes and switches.</summary>
    public TConfig Config { get; }

    /// <summary>True to draw the dropout between layers once for all time steps (Gal &amp; Ghahramani 2016), false at every step.</summary>
    public bool DropsVariationally { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Parameter)> Parameters() => _parameters.Select(parameter => (parameter.Name, parameter));

    /// <summary>Runs all layers over a sequence.</summary>
    /// <param name="tape">Where the operations are recorded.</param>
    /// <param name="x">[T, B, I]</param>
    /// <param name="state">State before the first step; null for zeros.</param>
    /// <param name="lengths">Valid steps of each sequence; null when all have T. Backward directions start at each sequence's own last valid step.</param>
    /// <param name="masks">Dropout masks that are used, training or not, instead of drawn ones; named by the cell, with the suffix of layer and direction.</param>
    /// <returns>[T, B, D·P], zero beyond each length, and the state at each sequence's own end.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or a mask is not known here.</exception>
    public (Tensor Output, TState State) Forward(
        Tape tape, Tensor x, TState? state = null, IReadOnlyList<int>? lengths = null, IReadOnlyDictionary<string, Tensor>? masks = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(x);
        Check(x, state, lengths, masks);
        string name = JsonNamingPolicy.SnakeCaseLower.ConvertName(GetType().Name);
        var states = new TState[_cells.Length];
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            var outputs = new Tensor[Config.Directions];
            for (int direction = 0; direction < outputs.Length; direction++)
            {
                int at = (layer * outputs.Length) + direction;
                using Tape.Scope scope = tape.Enter(name + _suffixes[at]);
                (outputs[direction], states[at]) = _cells[at].Run(tape, x, Start(tape, state, at, x.Shape[1]), lengths, IsReverse(at), new Masks(masks, _suffixes[at]));
            }

            x = outputs.Length == 1 ? outputs[0] : tape.Concat(outputs);
            if (layer + 1 < Config.Layers)
            {
                x = DropsVariationally ? tape.VariationalDropout(x, Config.Dropout) : tape.Dropout(x, Config.Dropout);
            }
        }

        Tensor[][] ends = [.. states.Select(end => end.Tensors().Select(entry => entry.Tensor).ToArray())];
        return (x, TState.From([.. ends[0].Select((_, part) => tape.Stack([.. ends.Select(end => end[part])]))]));
    }

    /// <inheritdoc/>
    public sealed override (Tensor Output, LayerState? State) Forward(Tape tape, Tensor x, LayerState? state, IReadOnlyList<int>? lengths = null) =>
        Forward(tape, x, Own<TState>(state), lengths);

    private static TState Start(Tape tape, TConfig config, int batch) => TState.From([.. TState.Widths(config).Select(width => tape.Zeros(batch, width))]);

    private TState Start(Tape tape, TState? state, int at, int batch) =>
        state is null ? Start(tape, Config, batch) : TState.From([.. state.Tensors().Select(entry => entry.Tensor.At(at))]);

    private bool IsReverse(int at) => at % Config.Directions == 1;

    private void Check(Tensor x, TState? state, IReadOnlyList<int>? lengths, IReadOnlyDictionary<string, Tensor>? masks)
    {
        if (x.Rank != 3 || x.Shape[2] != Config.InputSize)
        {
            throw new ArgumentException($"{GetType().Name} takes [T, B, {Config.InputSize}], found {x}", nameof(x));
        }

        int steps = x.Shape[0], batch = x.Shape[1];
        foreach (((string name, Tensor tensor), int width) in state?.Tensors().Zip(TState.Widths(Config)) ?? [])
        {
            int[] shape = [_cells.Length, batch, width];
            if (!tensor.Shape.SequenceEqual(shape))
            {
                throw new ArgumentException($"the state '{name}' of {Config.Layers} layers in {Config.Directions} directions must be {Tensor.Describe(shape)}, found {tensor}", nameof(state));
            }
        }

        if (lengths is not null && (lengths.Count != batch || lengths.Any(length => length < 0 || length > steps)))
        {
            throw new ArgumentException($"lengths must be {batch} numbers from 0 to {steps}, found [{string.Join(", ", lengths)}]", nameof(lengths));
        }

        string[] known = masks is null ? [] : [.. _cells.Zip(_suffixes, (cell, suffix) => cell.MaskNames.Select(name => name + suffix)).SelectMany(names => names)];
        if (masks?.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new ArgumentException($"{GetType().Name} knows no mask '{unknown}'{(known.Length == 0 ? "" : $", only {string.Join(", ", known)}")}", nameof(masks));
        }
    }
}
