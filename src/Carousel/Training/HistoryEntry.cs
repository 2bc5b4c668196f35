namespace Carousel.Training;

/// <summary>One line of <c>history.jsonl</c>: the state of a run at one evaluation.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Epoch">Passes over the training part begun, from 1.</param>
/// <param name="Seconds">Time spent, earlier sittings included.</param>
/// <param name="LearningRate">Learning rate of the last update.</param>
/// <param name="TrainLoss">Mean training loss since the previous evaluation.</param>
/// <param name="GradientNorm">Mean norm of the gradient before clipping since the previous evaluation.</param>
/// <param name="Score">The number by which models are chosen; lower is better.</param>
/// <param name="Metrics">Validation metrics by name.</param>
/// <param name="Kernels">The kernel set of the last updates: <c>avx512</c>, or with products in bfloat16 <c>avx512/avx512-bf16</c>; empty in runs of earlier versions.</param>
/// <param name="Cost">What the updates since the previous evaluation cost; null when none were made in the same sitting, or in runs of earlier versions.</param>
public sealed record HistoryEntry(int Step, int Epoch, double Seconds, double LearningRate, double TrainLoss, double GradientNorm, double Score, IReadOnlyDictionary<string, double> Metrics, string Kernels = "",
    StepCost? Cost = null);
