using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Transcription;

/// <summary>From a recipe and recordings to a trained, measured transcriber in a run folder.</summary>
public static class TranscriptionTraining
{
    /// <summary>Trains, chooses by the validation part, and measures the best model on the validation and the test part.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="data">The utterances.</param>
    /// <param name="folder">Where the run is written.</param>
    /// <param name="resume">True to go on from the folder's checkpoint, if there is one.</param>
    /// <param name="workers">Threads to use; the result does not depend on their number.</param>
    /// <param name="progress">Told about training.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TranscriptionResult Run(TranscriptionRecipe recipe, TranscriptionData data, RunFolder folder, bool resume, Workers workers, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        recipe = Prepare(recipe, data);
        folder.WriteRecipe(TranscriptionRecipeJson.Shared.Write(recipe, indented: true));
        var task = new TranscriptionTask(recipe, data);
        RunSummary summary = new Trainer(task, recipe.Training, folder, workers).Fit(Fingerprint(recipe, data), resume, progress, cancellation);
        TranscriptionModel model = TranscriptionModel.Load(folder.Model);
        TranscriptionScores valid = model.Evaluate(data.Valid, workers, cancellation: cancellation), test = model.Evaluate(data.Test, workers, cancellation: cancellation);
        return new TranscriptionResult(recipe, data, summary, model, task.Parameters.Sum(entry => (long)entry.Parameter.Tensor.Length), valid, test);
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
    private static string Fingerprint(TranscriptionRecipe recipe, TranscriptionData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(TranscriptionRecipeJson.Shared.Write(recipe)));
        foreach (Utterance utterance in data.Train.Concat(data.Valid))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{utterance.Name}\n{utterance.Text}\n{utterance.FrameCount}\n"));
            hash.AppendData(MemoryMarshal.AsBytes(utterance.Frames.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
