using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Metrics;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Decoding;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>Trains a <see cref="Seq2Seq"/> on sentence pairs by teacher forcing. Models are chosen by their perplexity on the validation part.</summary>
public sealed class TranslationTask : TrainingTask
{
    // One length more on the target side weighs more than any on the source side.
    private const int TargetStep = 1 << 12;

    private readonly TranslationRecipe _recipe;
    private readonly TranslationData _data;
    private readonly TokenNoise _sourceNoise, _targetNoise;

    /// <summary>Makes the task with fresh weights, drawn from the recipe's seed.</summary>
    /// <param name="recipe">Resolved for the tokenisers.</param>
    /// <param name="data">The sentence pairs.</param>
    /// <exception cref="ArgumentException">The recipe's model has problems; all are listed.</exception>
    public TranslationTask(TranslationRecipe recipe, TranslationData data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        (_recipe, _data) = (recipe, data);
        (_sourceNoise, _targetNoise) = (new TokenNoise(data.Source, recipe.SubwordSplits), new TokenNoise(data.Target, recipe.SubwordSplits));
        Network = new Seq2Seq(recipe.Model, new RandomSource(recipe.Training.Seed));
    }

    /// <summary>The network in training.</summary>
    public Seq2Seq Network { get; }

    /// <inheritdoc/>
    public override string Name => "translate";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => Network.Parameters;

    /// <inheritdoc/>
    public override int Examples => _data.Train.Count;

    /// <inheritdoc/>
    public override string Unit => "target tokens";

    /// <inheritdoc/>
    public override int ItemsIn(ReadOnlySpan<int> examples)
    {
        int tokens = 0;
        foreach (int example in examples)
        {
            tokens += _data.Train.Target[example].Length + 1;
        }

        return tokens;
    }

    /// <summary>By the target, among equals by the source: the steps of the decoder cost most.</summary>
    public override int LengthOf(int example) => LengthOf(_data.Train, example);

    /// <inheritdoc/>
    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int[] chosen = examples.ToArray();
        SentenceBatch batch = SentenceBatch.Of(
            [.. chosen.Select(example => _sourceNoise.Read(_data.Train.Source[example], tape.Random))],
            [.. chosen.Select(example => _targetNoise.Read(_data.Train.Target[example], tape.Random))],
            _recipe.Model);
        DropWords(batch.Source, tape.Random);
        SampleInputs(batch, tape);
        DropWords(batch.Inputs, tape.Random);
        return (Network.Loss(tape, Network.Read(tape, batch.Source, batch.Lengths), batch.Inputs, batch.Targets, _recipe.LabelSmoothing), null);
    }

    /// <inheritdoc/>
    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        Perplexity perplexity = TranslationModel.Evaluate(Network, _data.Valid, tape, cancellation);
        return new Evaluation(perplexity.NllMean, _data.Valid.Count, TranslationModel.Metrics(perplexity));
    }

    /// <inheritdoc/>
    public override void SaveModel(string path) => TranslationModel.Save(path, Network, _data, _recipe);

    /// <summary>What pairs are sorted by for batches of similar length.</summary>
    internal static int LengthOf(TokenPairs pairs, int example) => (Math.Min(pairs.Target[example].Length, TargetStep) * TargetStep) + Math.Min(pairs.Source[example].Length, TargetStep - 1);

    // The padding's row of the embedding is zero and never learns.
    private void DropWords(int[] ids, RandomSource random)
    {
        for (int at = 0; _recipe.WordDropout > 0 && at < ids.Length; at++)
        {
            ids[at] = random.NextSingle() < _recipe.WordDropout ? _recipe.Model.PaddingIndex : ids[at];
        }
    }

    // What the network would have said at each step, put in the place of some inputs of the step after.
    private void SampleInputs(SentenceBatch batch, Tape tape)
    {
        if (_recipe.ScheduledSampling == 0)
        {
            return;
        }

        var guess = new Tape(workers: tape.Workers, kernels: tape.Kernels, isRecording: false);
        Tensor logits = Network.Logits(guess, Network.Write(guess, Network.Read(guess, batch.Source, batch.Lengths), batch.Inputs).Output);
        int sentences = batch.Lengths.Length, vocabulary = _recipe.Model.TargetVocabularySize;
        for (int at = sentences; at < batch.Inputs.Length; at++)
        {
            if (tape.Random.NextSingle() < _recipe.ScheduledSampling && batch.Inputs[at] != _recipe.Model.PaddingIndex)
            {
                batch.Inputs[at] = GreedySearch.MostProbable(logits.Values.Slice((at - sentences) * vocabulary, vocabulary));
            }
        }
    }
}
