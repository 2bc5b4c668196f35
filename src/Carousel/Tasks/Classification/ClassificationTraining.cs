using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Carousel.Data;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Classification;

/// <summary>From a recipe and a data set to a trained, measured classifier in a run folder.</summary>
public static class ClassificationTraining
{
    /// <summary>Trains, chooses by the validation part, and measures the best model on the validation and test part.</summary>
    /// <param name="recipe">What and how, as <see cref="Prepare"/> gave it.</param>
    /// <param name="data">The data, as <see cref="Prepare"/> gave them.</param>
    /// <param name="folder">Where the run is written.</param>
    /// <param name="resume">True to go on from the folder's checkpoint, if there is one.</param>
    /// <param name="workers">Threads to use; the result does not depend on their number.</param>
    /// <param name="progress">Told about training.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ClassificationResult Run(ClassificationRecipe recipe, ClassificationData data, RunFolder folder, bool resume, Workers workers, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(folder);
        folder.WriteRecipe(ClassificationRecipeJson.Shared.Write(recipe, indented: true));
        var task = new ClassificationTask(recipe, data);
        RunSummary summary = new Trainer(task, recipe.Training, folder, workers).Fit(Fingerprint(recipe, data), resume, progress, cancellation);
        ClassificationModel model = ClassificationModel.Load(folder.Model);
        ScoredSequences valid = model.Evaluate(data.Valid, workers, cancellation), test = model.Evaluate(data.Test, workers, cancellation);
        return new ClassificationResult(recipe, data, summary, model, task.Parameters.Sum(entry => (long)entry.Parameter.Tensor.Length), valid, test);
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
    private static string Fingerprint(ClassificationRecipe recipe, ClassificationData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(ClassificationRecipeJson.Shared.Write(recipe)));
        hash.AppendData(data.Inputs.Tokenizer is { } tokenizer ? Encoding.UTF8.GetBytes(ModelJson.Shared.Write(tokenizer)) : []);
        foreach (LabelledSequences part in new[] { data.Train, data.Valid, data.Test })
        {
            for (int at = 0; at < part.Count; at++)
            {
                hash.AppendData(BitConverter.GetBytes(part.StepsOf(at)));
                hash.AppendData(BitConverter.GetBytes(part.Labels[at]));
                hash.AppendData(MemoryMarshal.AsBytes(part.Values[at].AsSpan()));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
