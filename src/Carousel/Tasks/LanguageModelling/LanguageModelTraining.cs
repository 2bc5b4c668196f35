using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Carousel.Metrics;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>From a recipe and a text to a trained, measured language model in a run folder.</summary>
public static class LanguageModelTraining
{
    /// <summary>Trains, chooses by the validation part, and measures the best model on the whole validation and test part.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="data">The text, cut into tokens by the recipe's rules.</param>
    /// <param name="folder">Where the run is written.</param>
    /// <param name="resume">True to go on from the folder's checkpoint, if there is one.</param>
    /// <param name="workers">Threads to use; the result does not depend on their number.</param>
    /// <param name="progress">Told about training.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LanguageModelResult Run(LanguageModelRecipe recipe, LanguageModelData data, RunFolder folder, bool resume, Workers workers, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        recipe = Prepare(recipe, data);
        folder.WriteRecipe(LanguageModelRecipeJson.Shared.Write(recipe, indented: true));
        var task = new LanguageModelTask(recipe, data.Tokenizer, data.Train, data.Valid);
        RunSummary summary = new Trainer(task, recipe.Training, folder, workers).Fit(Fingerprint(recipe, data), resume, progress, cancellation);
        LanguageModel model = LanguageModel.Load(folder.Model);
        Perplexity valid = model.Evaluate(data.Valid, workers, cancellation), test = model.Evaluate(data.Test, workers, cancellation);
        return new LanguageModelResult(recipe, data, summary, model, task.Parameters.Sum(entry => (long)entry.Parameter.Tensor.Length), valid, test);
    }

    /// <summary>Checks a recipe and fills in what the text tells.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="data">The text.</param>
    /// <exception cref="ConfigException">The recipe has problems, or its vocabulary size is not the text's; all are listed.</exception>
    public static LanguageModelRecipe Prepare(LanguageModelRecipe recipe, LanguageModelData data)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        LanguageModelRecipe resolved = recipe.ResolvedFor(data.Tokenizer);
        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'",
        [
            .. resolved.Validate(),
            .. resolved.Model.Validate().Concat(resolved.Model.ValidateTokenizers(data.Tokenizer, null)).Select(problem => $"model.{problem}"),
        ]);
        return resolved;
    }

    // A checkpoint belongs to one recipe and one text.
    private static string Fingerprint(LanguageModelRecipe recipe, LanguageModelData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(LanguageModelRecipeJson.Shared.Write(recipe)));
        hash.AppendData(Encoding.UTF8.GetBytes(ModelJson.Shared.Write(data.Tokenizer)));
        foreach (int[] part in new[] { data.Train, data.Valid, data.Test })
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
