using Carousel.Autograd;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>From a recipe and sentence pairs to a trained, measured translation model in a run folder.</summary>
public static class TranslationTraining
{
    private const string Likelihood = "likelihood";

    /// <summary>
    /// Trains, chooses by the validation part, and measures the best model on validation and test part. With <see cref="TranslationRecipe.MinimumRisk"/> the training before it is a run
    /// of its own in the folder <c>likelihood</c> within that of the run.
    /// </summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="data">The sentence pairs, cut into tokens by the recipe's rules.</param>
    /// <param name="run">Where it is written, what it may use, and who is told about it.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TranslationResult Run(TranslationRecipe recipe, TranslationData data, TrainingRun run, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        recipe = Prepare(recipe, data);
        (RunSummary summary, MinimumRiskResult? risk) = recipe.MinimumRisk is null ? (Fit(recipe, data, run, cancellation), null) : FitTwice(recipe, data, run, cancellation);
        TranslationModel model = TranslationModel.Load(run.Folder.Model);
        var options = new CompileOptions { Threads = run.Workers.Threads };
        TranslationScore Score(TokenPairs part) => model.Score(part, model.Evaluate(part, run.Workers, cancellation), recipe.Beam, options, cancellation);
        TranslationScore valid = Score(data.Valid), test = Score(data.Test);
        return new TranslationResult(recipe, data, summary, model, PaddingShare(recipe, data), valid, test) { MinimumRisk = risk };
    }

    /// <summary>Checks a recipe and fills in what the tokenisers tell.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="data">The sentence pairs.</param>
    /// <exception cref="ConfigException">The recipe has problems, or its vocabulary sizes are not the tokenisers'; all are listed.</exception>
    public static TranslationRecipe Prepare(TranslationRecipe recipe, TranslationData data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        TranslationRecipe resolved = recipe.ResolvedFor(data.Source, data.Target);
        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'",
        [
            .. resolved.Validate(),
            .. resolved.Model.Validate().Concat(resolved.Model.ValidateTokenizers(data.Target, recipe.JointTokenizer ? null : data.Source)).Select(problem => $"model.{problem}"),
        ]);
        return resolved;
    }

    /// <summary>Share of the time steps, of encoder and decoder, that are padding in the batches of the first epoch, 0 … 1.</summary>
    /// <param name="recipe">Says how batches are made.</param>
    /// <param name="data">The sentence pairs.</param>
    public static double PaddingShare(TranslationRecipe recipe, TranslationData data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        TokenPairs pairs = data.Train;
        int batch = Math.Min(recipe.Training.BatchSize, pairs.Count);
        var order = new ExampleOrder(pairs.Count, batch, recipe.Training.BucketBatches, at => SentencePairTask.LengthOf(pairs, at));
        order.Shuffle(new RandomSource(recipe.Training.Seed).Fork().State);
        long tokens = 0, steps = 0;
        for (int start = 0; start < pairs.Count; start += batch)
        {
            int[] chosen = order.Slice(start, Math.Min(batch, pairs.Count - start)).ToArray();
            foreach (IReadOnlyList<int[]> side in (IReadOnlyList<int[]>[])[pairs.Source, pairs.Target])
            {
                tokens += chosen.Sum(at => side[at].Length + 1L);
                steps += chosen.Length * (chosen.Max(at => side[at].Length) + 1L);
            }
        }

        return 1 - ((double)tokens / steps);
    }

    private static RunSummary Fit(TranslationRecipe recipe, TranslationData data, TrainingRun run, CancellationToken cancellation) =>
        run.Fit(new TranslationTask(recipe, data), recipe.Training, TranslationRecipeJson.Shared.Write(recipe, indented: true), FingerprintOf(recipe, data), cancellation);

    // First by the references, in a folder of its own within that of the run, then by what translations cost. Each stage can be gone on with; the search between them begins again.
    private static (RunSummary, MinimumRiskResult) FitTwice(TranslationRecipe recipe, TranslationData data, TrainingRun run, CancellationToken cancellation)
    {
        string json = TranslationRecipeJson.Shared.Write(recipe, indented: true);
        run.Begin(json);
        using var folder = RunFolder.Open(Path.Combine(run.Folder.Path, Likelihood));
        RunSummary first = Fit(recipe with { MinimumRisk = null }, data, run.Stage(Likelihood, folder), cancellation);
        TranslationModel start = TranslationModel.Load(folder.Model);

        MinimumRiskConfig risk = recipe.MinimumRisk!;
        long began = TimeProvider.System.GetTimestamp();
        Candidate[][] candidates = CandidateSearch.Run(start, data.Train, recipe.Beam with { Beam = risk.Candidates, Best = risk.Candidates }, run.Stage("candidates", run.Folder), cancellation);
        double seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;

        var task = new MinimumRiskTask(recipe, data, start, candidates);
        double before = task.Validate(new Tape(workers: run.Workers, isRecording: false), cancellation).Metrics["bleu"];
        RunSummary second = run.Stage("minimum risk", run.Folder).Fit(task, risk.Training, json, FingerprintOf(recipe, data), cancellation);
        var result = new MinimumRiskResult(second, seconds, before);
        if (!result.IsBetter)
        {
            start.File.Save(run.Folder.Model);
        }

        return (first, result);
    }

    // A checkpoint belongs to one recipe and one corpus.
    private static string FingerprintOf(TranslationRecipe recipe, TranslationData data)
    {
        using var fingerprint = new Fingerprint();
        fingerprint.Add(TranslationRecipeJson.Shared.Write(recipe));
        foreach (int[] sentence in new[] { data.Train, data.Valid, data.Test }.SelectMany(part => part.Source.Concat(part.Target)))
        {
            fingerprint.Add(sentence.Length);
            fingerprint.Add(sentence);
        }

        return fingerprint.ToString();
    }
}
