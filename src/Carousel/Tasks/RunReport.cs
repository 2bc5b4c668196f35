using Carousel.Reports;
using Carousel.Training;

namespace Carousel.Tasks;

/// <summary>What the reports of all tasks have in common; a task adds its metrics, pictures and facts.</summary>
internal static class RunReport
{
    /// <summary>Begins the report of a finished run.</summary>
    /// <param name="recipe">What was trained, and how.</param>
    /// <param name="summary">What came of it.</param>
    /// <param name="created">When the run ended.</param>
    /// <param name="task">What was trained, in one line.</param>
    /// <param name="score">What models are chosen by, in a word or two, for the remark that it had stopped falling.</param>
    /// <param name="warnings">What the reader must know of the data.</param>
    public static TrainingReport Of(IRecipe recipe, RunSummary summary, DateTimeOffset created, string task, string score, IReadOnlyList<string>? warnings = null) => new()
    {
        Run = recipe.Name,
        Task = task,
        Description = recipe.Description,
        Created = created,
        Parameters = summary.Parameters,
        Seconds = summary.Seconds,
        BestStep = summary.Best.Step,
        History = [.. summary.History.Select(entry => new HistoryPoint(entry.Step, entry.TrainLoss, entry.Score, entry.LearningRate))],
        Notes =
        [
            .. warnings ?? [],
            .. TrainingKernels.Notes(summary.Kernels),
            .. summary.StoppedEarly ? [$"Training stopped early: the validation {score} had stopped falling."] : Array.Empty<string>(),
        ],
    };
}
