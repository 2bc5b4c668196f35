using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Losses;
using Carousel.Metrics;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>Trains a <see cref="Seq2Seq"/> on by what its own translations cost: <see cref="MinimumRiskConfig"/>. Models are chosen by their BLEU on the validation part.</summary>
internal sealed class MinimumRiskTask : SentencePairTask
{
    private readonly MinimumRiskConfig _risk;
    private readonly Candidate[][] _candidates;

    /// <summary>Makes the task with the weights of a trained model.</summary>
    /// <param name="recipe">Resolved for the tokenisers; says how.</param>
    /// <param name="data">The sentence pairs.</param>
    /// <param name="start">The model to start from.</param>
    /// <param name="candidates">What it finds for each sentence of the training part.</param>
    public MinimumRiskTask(TranslationRecipe recipe, TranslationData data, TranslationModel start, Candidate[][] candidates)
        : base(recipe, data, new Seq2Seq(recipe.Model with { Dropout = recipe.MinimumRisk!.Dropout }, new RandomSource(0)))
    {
        (_risk, _candidates) = (recipe.MinimumRisk, candidates);
        NetworkWeights.Load(Network.Parameters, start.File);
    }

    /// <inheritdoc/>
    public override string Unit => "candidates";

    /// <inheritdoc/>
    public override int ItemsIn(ReadOnlySpan<int> examples)
    {
        int candidates = 0;
        foreach (int example in examples)
        {
            candidates += _candidates[example].Length;
        }

        return candidates;
    }

    /// <inheritdoc/>
    public override (Tensor Loss, LayerState? State) Loss(Tape tape, ReadOnlySpan<int> examples, LayerState? state)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int[] chosen = examples.ToArray();
        (int Example, Candidate Candidate)[] rows = [.. chosen.SelectMany(example => _candidates[example].Select(candidate => (example, candidate)))];
        Tensor terms = Terms(tape, [.. rows.Select(row => Data.Train.Source[row.Example])], [.. rows.Select(row => row.Candidate.Tokens)], 0, Reduction.None);
        Tensor loss = tape.ExpectedRisk(terms,
            [.. rows.Select(row => row.Candidate.Cost)],
            [.. rows.Select(row => (float)Recipe.Beam.Divisor(row.Candidate.Tokens.Length + 1) / _risk.Sharpness)],
            [.. chosen.Select(example => _candidates[example].Length)]);
        if (_risk.LikelihoodWeight > 0)
        {
            Tensor references = Terms(tape, [.. chosen.Select(example => Data.Train.Source[example])], [.. chosen.Select(example => Data.Train.Target[example])], Recipe.LabelSmoothing, Reduction.Mean);
            loss = tape.Add(loss, tape.Scale(references, _risk.LikelihoodWeight));
        }

        return (loss, null);
    }

    /// <inheritdoc/>
    public override Evaluation Validate(Tape tape, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Perplexity perplexity = TranslationModel.Evaluate(Network, Data.Valid, tape, cancellation);
        using var translator = Translator.From(TranslationModel.FileOf(Network, Data, Recipe), "the model", new CompileOptions { Threads = tape.Workers.Threads });
        var hypotheses = translator.Translate(Data.Valid.Text.Source, Recipe.Beam, cancellation).Select(sentence => sentence.Text);
        double bleu = Bleu.OfCorpus([.. hypotheses], [Data.Valid.Text.Target]).Score;
        return new Evaluation(100 - bleu, Data.Valid.Count, new Dictionary<string, double> { ["bleu"] = bleu }.Concat(TranslationModel.Metrics(perplexity)).ToDictionary());
    }

    private Tensor Terms(Tape tape, int[][] source, int[][] target, float smoothing, Reduction reduction)
    {
        SentenceBatch batch = SentenceBatch.Of(source, target, Recipe.Model);
        return Network.Loss(tape, Network.Read(tape, batch.Source, batch.Lengths), batch.Inputs, batch.Targets, smoothing, reduction);
    }
}
