using Carousel.Autograd;
using Carousel.Cells;
using Carousel.Data;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Metrics;
using Carousel.Numerics;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>
/// Trains a <see cref="LanguageModelNetwork"/> by truncated back-propagation through time: the text as parallel streams, one chunk of time steps per update, the state
/// carried on. Models are chosen by their perplexity on the validation part.
/// </summary>
public sealed class LanguageModelTask : TrainingTask
{
    private readonly LanguageModelRecipe _recipe;
    private readonly Tokenizer _tokenizer;
    private readonly TextStreams _train;
    private readonly int[] _valid, _inputs, _targets;
    private readonly LstmState _start;
    private int _steps, _first;

    /// <summary>Makes the task with fresh weights, drawn from the recipe's seed.</summary>
    /// <param name="recipe">Resolved for the vocabulary.</param>
    /// <param name="tokenizer">Made from the training part.</param>
    /// <param name="train">Ids of the training part, 2 or more.</param>
    /// <param name="valid">Ids of the validation part, 2 or more.</param>
    /// <exception cref="ArgumentException">The recipe's model has problems; all are listed.</exception>
    public LanguageModelTask(LanguageModelRecipe recipe, Tokenizer tokenizer, int[] train, int[] valid)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        (_recipe, _tokenizer, _valid) = (recipe, tokenizer, valid);
        _train = new TextStreams(train, recipe.Training.BatchSize, recipe.Steps);
        _inputs = new int[_train.Steps * _train.Streams];
        _targets = new int[_inputs.Length];
        Network = new LanguageModelNetwork(recipe.Model, new RandomSource(recipe.Training.Seed), recipe.Start, recipe.Awd);
        LstmConfig network = recipe.Model.Network;
        int cells = network.Layers * network.Directions;
        _start = new LstmState(new Tensor(cells, _train.Streams, network.OutputSize), new Tensor(cells, _train.Streams, network.HiddenSize));
    }

    /// <summary>The network in training.</summary>
    public LanguageModelNetwork Network { get; }

    /// <inheritdoc/>
    public override string Name => "lm";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => Network.Parameters;

    /// <inheritdoc/>
    public override int Examples => _train.Chunks;

    /// <inheritdoc/>
    public override bool CarriesState => true;

    /// <inheritdoc/>
    public override string Unit => "tokens";

    /// <inheritdoc/>
    public override int ItemsIn(ReadOnlySpan<int> examples)
    {
        int tokens = 0;
        foreach (int chunk in examples)
        {
            tokens += _train.StepsOf(chunk) * _train.Streams;
        }

        return tokens;
    }

    /// <inheritdoc/>
    public override void BeginEpoch(RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        _first = _recipe.Awd.RandomStart ? random.NextInt(_train.Targets) : 0;
    }

    /// <inheritdoc/>
    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state)
    {
        _steps = _train.StepsOf(examples[0]);
        Fill(examples[0], state);
        int count = _steps * _train.Streams;
        return Network.Loss(tape, _inputs.AsMemory(0, count), _targets.AsMemory(0, count), _train.Streams, _start, TextStreams.None, Reduction.Mean);
    }

    /// <inheritdoc/>
    public override bool Refill(ReadOnlySpan<int> examples, LayerState? state)
    {
        bool fits = _train.StepsOf(examples[0]) == _steps;
        if (fits)
        {
            Fill(examples[0], state);
        }

        return fits;
    }

    /// <inheritdoc/>
    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        Perplexity perplexity = LanguageModel.Evaluate(Network, _valid, _recipe.ValidationStreams, tape, cancellation);
        return new Evaluation(perplexity.NllMean, (int)perplexity.Tokens, LanguageModel.Metrics(perplexity, _tokenizer, _valid));
    }

    /// <inheritdoc/>
    public override void SaveModel(string path) => LanguageModel.Save(path, Network, _tokenizer, _recipe);

    /// <inheritdoc/>
    public override LayerState RestoreState(IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return new LstmState(tensors["hidden"], tensors["cell"]);
    }

    // The network always starts from the same tensors, so that what the tape holds fits every chunk of one length.
    private void Fill(int chunk, LayerState? state)
    {
        _train.Read(chunk, _inputs, _targets, _first);
        if (state is null || !state.TryCopyTo(_start))
        {
            _start.Hidden.Values.Clear();
            _start.Cell.Values.Clear();
        }
    }
}
