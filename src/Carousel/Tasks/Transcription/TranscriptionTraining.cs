using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Transcription;

/// <summary>From a recipe and recordings to a trained, measured transcriber in a run folder.</summary>
public static class TranscriptionTraining
{
    /// <summary>Trains, chooses by the validation part, and measures the best model on the validation and the test part.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="data">The utterances.</param>
    /// <param name="run">Where it is written, what it may use, and who is told about it.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TranscriptionResult Run(TranscriptionRecipe recipe, TranscriptionData data, TrainingRun run, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        recipe = Prepare(recipe, data);
        RunSummary summary = run.Fit(new TranscriptionTask(recipe, data), recipe.Training, TranscriptionRecipeJson.Shared.Write(recipe, indented: true), FingerprintOf(recipe, data), cancellation);
        TranscriptionModel model = TranscriptionModel.Load(run.Folder.Model);
        TranscriptionScores valid = model.Evaluate(data.Valid, run.Workers, cancellation: cancellation), test = model.Evaluate(data.Test, run.Workers, cancellation: cancellation);
        return new TranscriptionResult(recipe, data, summary, model, valid, test);
    }

    /// <summary>Checks a recipe and fills in what the data tell.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="data">The utterances.</param>
    /// <exception cref="ConfigException">The recipe has problems, or its number of labels is not the data's; all are listed.</exception>
    public static TranscriptionRecipe Prepare(TranscriptionRecipe recipe, TranscriptionData data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        TranscriptionRecipe resolved = recipe.ResolvedFor(data.Labels);
        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'",
        [
            .. resolved.Validate(),
            .. resolved.Model.Validate().Concat(resolved.Model.ValidateTokenizers(data.Labels, null)).Concat(resolved.Model.ValidateLanguageModel(data.LanguageModel)).Select(problem => $"model.{problem}"),
        ]);
        return resolved;
    }

    // A checkpoint belongs to one recipe and one corpus.
    private static string FingerprintOf(TranscriptionRecipe recipe, TranscriptionData data)
    {
        using var fingerprint = new Fingerprint();
        fingerprint.Add(TranscriptionRecipeJson.Shared.Write(recipe));
        foreach (Utterance utterance in data.Train.Concat(data.Valid))
        {
            fingerprint.Add($"{utterance.Name}\n{utterance.Text}\n{utterance.FrameCount}\n");
            fingerprint.Add(utterance.Frames);
        }

        return fingerprint.ToString();
    }
}
