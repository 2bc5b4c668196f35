using System.Globalization;
using Carousel.Autograd;
using Carousel.Reports;
using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Tasks.Memory;

/// <summary>From a recipe to a network that remembers, or does not, in a run folder.</summary>
public static class MemoryTraining
{
    /// <summary>Trains, chooses by the validation sequences, and scores the best model on the test sequences.</summary>
    /// <param name="recipe">What and how.</param>
    /// <param name="folder">Where the run is written.</param>
    /// <param name="resume">True to go on from the folder's checkpoint, if there is one.</param>
    /// <param name="workers">Threads to use; the result does not depend on their number.</param>
    /// <param name="progress">Told about training.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="ConfigException">The recipe has problems; all are listed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static MemoryResult Run(MemoryRecipe recipe, RunFolder folder, bool resume, Workers workers, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Check(recipe);
        string text = MemoryRecipeJson.Shared.Write(recipe);
        folder.WriteRecipe(MemoryRecipeJson.Shared.Write(recipe, indented: true));
        var task = new MemoryTask(recipe);
        RunSummary summary = new Trainer(task, recipe.Training, folder, workers).Fit(text, resume, progress, cancellation);
        var tape = new Tape(workers: workers, isRecording: false);
        return new MemoryResult(recipe, summary, task.Parameters.Sum(entry => (long)entry.Parameter.Tensor.Length), MemoryNetwork.Load(folder.Model).Score("test", tape, cancellation));
    }

    /// <summary>Refuses a recipe that is not sound.</summary>
    /// <exception cref="ConfigException">It has problems; all are listed.</exception>
    public static void Check(MemoryRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        string[] problems = [.. recipe.Validate()];
        ConfigException.ThrowIfAny($"recipe '{recipe.Name}'", problems.Length > 0 ? problems : recipe.Network().Validate());
    }

    /// <summary>Gathers the report of a finished run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="created">When the run ended.</param>
    public static TrainingReport Report(MemoryResult result, DateTimeOffset created)
    {
        ArgumentNullException.ThrowIfNull(result);
        MemoryProblem problem = MemoryProblem.Of(result.Recipe);
        return new TrainingReport
        {
            Run = result.Recipe.Name,
            Task = string.Create(CultureInfo.InvariantCulture, $"Memory: the {(result.Recipe.Problem == MemoryProblemKind.Copy ? "copy task" : "adding problem")} over {problem.Steps} steps"),
            Description = result.Recipe.Description,
            Created = created,
            Parameters = result.Parameters,
            Seconds = result.Summary.Seconds,
            BestStep = result.Summary.Best.Step,
            History = [.. result.Summary.History.Select(entry => new HistoryPoint(entry.Step, entry.TrainLoss, entry.Score, entry.LearningRate))],
            Metrics =
            [
                new MetricsTable("test", [.. result.Test.Keys.Select(MetricColumn.Of)],
                    [new MetricsRow("network", true, [.. result.Test.Values]), new MetricsRow("without memory", false, [.. result.Test.Keys.Select(name => problem.WithoutMemory[name])])]),
            ],
            Notes = TrainingKernels.Notes(result.Summary.Kernels),
            Facts = [.. FactTable.OfRecipe(MemoryRecipeJson.Shared.Write(result.Recipe))],
        };
    }
}
