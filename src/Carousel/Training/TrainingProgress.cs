namespace Carousel.Training;

/// <summary>Where a training run stands.</summary>
/// <param name="Step">Updates done; in a stage that is no training, what is done of its work.</param>
/// <param name="Steps">Updates the run will have done at its end, if it does not stop early; or all that work.</param>
/// <param name="Epoch">Passes over the training part begun, from 1; 0 in a stage that is no training.</param>
/// <param name="Loss">Mean training loss since the last evaluation.</param>
/// <param name="LearningRate">Learning rate of the last update.</param>
/// <param name="Elapsed">Time spent, earlier sittings included.</param>
/// <param name="Remaining">Time left at the present pace; null before there is a pace.</param>
/// <param name="Evaluation">The history entry just written, or null between evaluations.</param>
/// <param name="IsBest">True when <paramref name="Evaluation"/> is the best so far.</param>
public sealed record TrainingProgress(int Step, int Steps, int Epoch, double Loss, double LearningRate, TimeSpan Elapsed, TimeSpan? Remaining, HistoryEntry? Evaluation, bool IsBest)
{
    /// <summary>The stage of a run that has several; empty for the only one.</summary>
    public string Stage { get; init; } = "";
}
