using Carousel.Runtime.Kernels;

namespace Carousel.Training;

/// <summary>Where a run is written, what it may use, and who is told about it.</summary>
/// <param name="Folder">The folder of the run. A run goes on from the folder's checkpoint, if there is one.</param>
/// <param name="Workers">Threads to use; the result does not depend on their number.</param>
/// <param name="Progress">Told about training.</param>
public sealed record TrainingRun(RunFolder Folder, Workers Workers, IProgress<TrainingProgress>? Progress = null)
{
    /// <summary>Trains a task and keeps its recipe in the folder.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="config">How.</param>
    /// <param name="recipe">The recipe as resolved, as it is to be kept.</param>
    /// <param name="fingerprint">Identifies recipe and data.</param>
    /// <param name="cancellation">Stops with a checkpoint saved.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    internal RunSummary Fit(TrainingTask task, TrainingConfig config, string recipe, string fingerprint, CancellationToken cancellation)
    {
        Begin(recipe);
        return new Trainer(task, config, Folder, Workers).Fit(fingerprint, Progress, cancellation);
    }

    /// <summary>Keeps the recipe in the folder, which makes it the folder of a run.</summary>
    /// <param name="recipe">The recipe as resolved, as it is to be kept.</param>
    internal void Begin(string recipe)
    {
        if (!File.Exists(Folder.Checkpoint))
        {
            // A run to go on with has its recipe; should ours be another one, the checkpoint is refused and the folder stays as it is.
            Folder.WriteRecipe(recipe);
        }
    }

    /// <summary>A stage of this run: told apart in its progress, and written where it is said.</summary>
    /// <param name="stage">Its name, for people.</param>
    /// <param name="folder">Where it is written.</param>
    internal TrainingRun Stage(string stage, RunFolder folder) => new(folder, Workers, Progress is null ? null : new StageProgress(stage, Progress));

    private sealed class StageProgress(string stage, IProgress<TrainingProgress> whole) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => whole.Report(value with { Stage = stage });
    }
}
