using Carousel.Autograd;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Memory;

/// <summary>From a recipe to a network that remembers, or does not, in a run folder.</summary>
public static class MemoryTraining
{
    /// <summary>Trains, chooses by the validation sequences, and scores the best model on the test sequences.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="run">Where it is written, what it may use, and who is told about it.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static MemoryResult Run(MemoryRecipe recipe, TrainingRun run, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        Check(recipe);
        RunSummary summary = run.Fit(new MemoryTask(recipe), recipe.Training, MemoryRecipeJson.Shared.Write(recipe, indented: true), MemoryRecipeJson.Shared.Write(recipe), cancellation);
        var tape = new Tape(workers: run.Workers, isRecording: false);
        return new MemoryResult(recipe, summary, MemoryNetwork.Load(run.Folder.Model).Score("test", tape, cancellation));
    }

    /// <summary>Refuses a recipe that is not sound.</summary>
    /// <exception cref="ConfigException">It has problems; all are listed.</exception>
    public static void Check(MemoryRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        string[] problems = [.. recipe.Validate()];
        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'", problems.Length > 0 ? problems : recipe.Network().Validate());
    }
}
