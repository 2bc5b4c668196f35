using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Metrics;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Decoding;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>Trains a <see cref="Seq2Seq"/> on sentence pairs by teacher forcing. Models are chosen by their perplexity on the validation part.</summary>
public sealed class TranslationTask : SentencePairTask
{
    private readonly TokenNoise _sourceNoise, _targetNoise;

    /// <summary>Makes the task with fresh weights, drawn from the recipe's seed.</summary>
    /// <param name="recipe">Resolved for the tokenisers.</param>
    /// <param name="data">The sentence pairs.</param>
    /// <exception cref="ArgumentException">The recipe's model has problems; all are listed.</exception>
    public TranslationTask(TranslationRecipe recipe, TranslationData data)
        : base(recipe, data, NewNetwork(recipe))
    {
        ArgumentNullException.ThrowIfNull(data);
        (_sourceNoise, _targetNoise) = (new TokenNoise(data.Source, recipe.SubwordSplits), new TokenNoise(data.Target, recipe.SubwordSplits));
    }

    /// <inheritdoc/>
    public override string Unit => "target tokens";

    /// <inheritdoc/>
    public override int ItemsIn(ReadOnlySpan<int> examples)
    {
        int tokens = 0;
        foreach (int example in examples)
        {
            tokens += Data.Train.Target[example].Length + 1;
        }

        return tokens;
    }

    /// <inheritdoc/>
    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int[] chosen = examples.ToArray();
        SentenceBatch batch = SentenceBatch.Of(
            [.. chosen.Select(example => _sourceNoise.Read(Data.Train.Source[example], tape.Random))],
            [.. chosen.Select(example => _targetNoise.Read(Data.Train.Target[example], tape.Random))],
            Recipe.Model);
        DropWords(batch.Source, tape.Random);
        SampleInputs(batch, tape);
        DropWords(batch.Inputs, tape.Random);
        return (Network.Loss(tape, Network.Read(tape, batch.Source, batch.Lengths), batch.Inputs, batch.Targets, Recipe.LabelSmoothing), null);
    }

    /// <inheritdoc/>
    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        Perplexity perplexity = TranslationModel.Evaluate(Network, Data.Valid, tape, cancellation);
        return new Evaluation(perplexity.NllMean, Data.Valid.Count, TranslationModel.Metrics(perplexity));
    }

    private static Seq2Seq NewNetwork(TranslationRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return new Seq2Seq(recipe.Model, new RandomSource(recipe.Training.Seed));
    }

    // The padding's row of the embedding is zero and never learns.
    private void DropWords(int[] ids, RandomSource random)
    {
        for (int at = 0; Recipe.WordDropout > 0 && at < ids.Length; at++)
        {
            ids[at] = random.NextSingle() < Recipe.WordDropout ? Recipe.Model.PaddingIndex : ids[at];
        }
    }

    // What the network would have said at each step, put in the place of some inputs of the step after.
    private void SampleInputs(SentenceBatch batch, Tape tape)
    {
        if (Recipe.ScheduledSampling == 0)
        {
            return;
        }

        var guess = new Tape(workers: tape.Workers, kernels: tape.Kernels, isRecording: false);
        Tensor logits = Network.Logits(guess, Network.Write(guess, Network.Read(guess, batch.Source, batch.Lengths), batch.Inputs).Output);
        int sentences = batch.Lengths.Length, vocabulary = Recipe.Model.TargetVocabularySize;
        for (int at = sentences; at < batch.Inputs.Length; at++)
        {
            if (tape.Random.NextSingle() < Recipe.ScheduledSampling && batch.Inputs[at] != Recipe.Model.PaddingIndex)
            {
                batch.Inputs[at] = GreedySearch.MostProbable(logits.Values.Slice((at - sentences) * vocabulary, vocabulary));
            }
        }
    }
}
