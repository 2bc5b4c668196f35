using Carousel.Metrics;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.LanguageModelling;

/// <summary>From a recipe and a text to a trained, measured language model in a run folder.</summary>
public static class LanguageModelTraining
{
    /// <summary>Trains, chooses by the validation part, and measures the best model on the whole validation and test part.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="data">The text, cut into tokens by the recipe's rules.</param>
    /// <param name="run">Where it is written, what it may use, and who is told about it.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LanguageModelResult Run(LanguageModelRecipe recipe, LanguageModelData data, TrainingRun run, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        recipe = Prepare(recipe, data);
        var task = new LanguageModelTask(recipe, data.Tokenizer, data.Train, data.Valid);
        RunSummary summary = run.Fit(task, recipe.Training, LanguageModelRecipeJson.Shared.Write(recipe, indented: true), FingerprintOf(recipe, data), cancellation);
        LanguageModel model = LanguageModel.Load(run.Folder.Model);
        Perplexity valid = model.Evaluate(data.Valid, run.Workers, cancellation), test = model.Evaluate(data.Test, run.Workers, cancellation);
        return new LanguageModelResult(recipe, data, summary, model, valid, test);
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
    private static string FingerprintOf(LanguageModelRecipe recipe, LanguageModelData data)
    {
        using var fingerprint = new Fingerprint();
        fingerprint.Add(LanguageModelRecipeJson.Shared.Write(recipe));
        fingerprint.Add(ModelJson.Shared.Write(data.Tokenizer));
        foreach (int[] part in new[] { data.Train, data.Valid, data.Test })
        {
            fingerprint.Add(part.Length);
            fingerprint.Add(part);
        }

        return fingerprint.ToString();
    }
}
