using Carousel.Data;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Classification;

/// <summary>From a recipe and a data set to a trained, measured classifier in a run folder.</summary>
public static class ClassificationTraining
{
    /// <summary>Trains, chooses by the validation part, and measures the best model on the validation and test part.</summary>
    /// <param name="recipe">What and how, as <see cref="Prepare"/> gave it.</param>
    /// <param name="data">The data, as <see cref="Prepare"/> gave them.</param>
    /// <param name="run">Where it is written, what it may use, and who is told about it.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ClassificationResult Run(ClassificationRecipe recipe, ClassificationData data, TrainingRun run, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(run);
        RunSummary summary = run.Fit(new ClassificationTask(recipe, data), recipe.Training, ClassificationRecipeJson.Shared.Write(recipe, indented: true), FingerprintOf(recipe, data), cancellation);
        ClassificationModel model = ClassificationModel.Load(run.Folder.Model);
        ScoredSequences valid = model.Evaluate(data.Valid, run.Workers, cancellation), test = model.Evaluate(data.Test, run.Workers, cancellation);
        return new ClassificationResult(recipe, data, summary, model, valid, test);
    }

    /// <summary>Checks a recipe, reads the data, and fills in what they tell.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="path">File or folder with the data.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="DataFileException">The data cannot be read.</exception>
    public static (ClassificationRecipe Recipe, ClassificationData Data) Prepare(ClassificationRecipe recipe, string path)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        string name = $"recipe '{recipe.Name}'";
        ConfigException.ThrowIfAny(name, recipe.Validate());
        recipe = recipe.ReadingFrom(path);
        ClassificationData data = recipe.Source!.Read(path);
        recipe = recipe with { Model = data.Inputs.Complete(recipe.Model) };
        ConfigException.ThrowIfAny(name, recipe.Model.Validate().Select(problem => $"model.{problem}"));
        return (recipe, data);
    }

    // A checkpoint belongs to one recipe and one data set.
    private static string FingerprintOf(ClassificationRecipe recipe, ClassificationData data)
    {
        using var fingerprint = new Fingerprint();
        fingerprint.Add(ClassificationRecipeJson.Shared.Write(recipe));
        fingerprint.Add(data.Inputs.Tokenizer is { } tokenizer ? ModelJson.Shared.Write(tokenizer) : "");
        foreach (LabelledSequences part in new[] { data.Train, data.Valid, data.Test })
        {
            for (int at = 0; at < part.Count; at++)
            {
                fingerprint.Add(part.StepsOf(at));
                fingerprint.Add(part.Labels[at]);
                fingerprint.Add(part.Values[at]);
            }
        }

        return fingerprint.ToString();
    }
}
