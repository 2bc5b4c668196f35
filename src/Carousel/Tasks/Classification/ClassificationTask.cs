using Carousel.Autograd;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Inputs;
using Carousel.Training;

namespace Carousel.Tasks.Classification;

/// <summary>Trains a <see cref="ClassificationNetwork"/> on labelled sequences. Models are chosen by their cross-entropy on the validation part.</summary>
public sealed class ClassificationTask : TrainingTask
{
    private readonly ClassificationRecipe _recipe;
    private readonly ClassificationData _data;
    private readonly Tensor? _classWeights;

    /// <summary>Makes the task with fresh weights, drawn from the recipe's seed.</summary>
    /// <param name="recipe">Resolved for the data.</param>
    /// <param name="data">Read, cut and encoded.</param>
    /// <exception cref="ArgumentException">The recipe's model has problems; all are listed.</exception>
    public ClassificationTask(ClassificationRecipe recipe, ClassificationData data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        (_recipe, _data) = (recipe, data);
        Network = new ClassificationNetwork(recipe.Model, new RandomSource(recipe.Training.Seed));
        _classWeights = recipe.ClassWeights == ClassWeighting.Balanced ? Balanced(data.Train, recipe.Model.Labels.Count) : null;
    }

    /// <summary>The network in training.</summary>
    public ClassificationNetwork Network { get; }

    /// <inheritdoc/>
    public override string Name => "classify";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => Network.Parameters;

    /// <inheritdoc/>
    public override int Examples => _data.Train.Count;

    /// <inheritdoc/>
    public override int LengthOf(int example) => _data.Train.StepsOf(example);

    /// <inheritdoc/>
    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state)
    {
        ArgumentNullException.ThrowIfNull(tape);
        SequenceBatch batch = Batch(tape, examples);
        Disturb(tape, batch.Inputs.Values);
        Tensor logits = Network.Forward(tape, batch.Inputs, batch.Lengths, _recipe.EmbeddingDropout);
        return (tape.CrossEntropy(logits, batch.Labels, labelSmoothing: _recipe.LabelSmoothing, classWeights: _classWeights), null);
    }

    /// <inheritdoc/>
    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        ScoredSequences scored = ScoredSequences.Of(Network, _data.Valid, tape, cancellation);
        return new Evaluation(scored.CrossEntropy, _data.Valid.Count, scored.Metrics);
    }

    /// <inheritdoc/>
    public override void SaveModel(string path) => ClassificationModel.Save(path, Network, _data.Inputs, _recipe);

    // Recordings are changed and masked one by one, each with random numbers of its own, so that threads may share the work.
    private SequenceBatch Batch(Tape tape, ReadOnlySpan<int> examples)
    {
        LabelledSequences train = _data.Train;
        bool isRedrawn = _recipe.Augmentation is not null && _data.Recordings is not null;
        if (_data.Inputs.Scaler is null || !(isRedrawn || _recipe.Masks is not null))
        {
            return SequenceBatch.Of(tape, train, examples);
        }

        int[] chosen = examples.ToArray();
        RandomSource[] randoms = [.. chosen.Select(_ => tape.Random.Fork())];
        float[][] values = new float[chosen.Length][];
        tape.Workers.Run(chosen.Length, at =>
        {
            values[at] = isRedrawn ? _data.Recordings!.Draw(chosen[at], _recipe.Augmentation!, randoms[at]) : [.. train.Values[chosen[at]]];
            _recipe.Masks?.Apply(values[at], train.Width, _data.Inputs.Audio?.BaseFeatures ?? train.Width, randoms[at]);
        });
        var drawn = new LabelledSequences(values, [.. chosen.Select(at => train.Labels[at])], train.Width);
        return SequenceBatch.Of(tape, drawn, [.. Enumerable.Range(0, chosen.Length)]);
    }

    // What makes each pass over the same sequences a little different. Padding is disturbed as well, which nobody sees.
    private void Disturb(Tape tape, Span<float> inputs)
    {
        if (_data.Inputs.Tokenizer is { } tokenizer)
        {
            int unknown = tokenizer.IdOf(Tokenizer.Unknown);
            for (int at = 0; _recipe.WordDropout > 0 && unknown >= 0 && at < inputs.Length; at++)
            {
                inputs[at] = tape.Random.NextSingle() < _recipe.WordDropout ? unknown : inputs[at];
            }
        }
        else if (_recipe.Noise > 0)
        {
            foreach (ref float value in inputs)
            {
                value += _recipe.Noise * tape.Random.NextNormal();
            }
        }
    }

    private static Tensor Balanced(LabelledSequences sequences, int labels)
    {
        var weights = new Tensor(labels);
        foreach (IGrouping<int, int> label in sequences.Labels.GroupBy(label => label))
        {
            weights.Values[label.Key] = (float)sequences.Count / (labels * label.Count());
        }

        return weights;
    }
}
