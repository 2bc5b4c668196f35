using Carousel.Runtime.Kernels;

namespace Carousel.Training;

/// <summary>What a finished run achieved.</summary>
/// <param name="Steps">Updates done.</param>
/// <param name="Seconds">Time spent, earlier sittings included.</param>
/// <param name="Best">The evaluation whose weights the model file holds.</param>
/// <param name="History">Every evaluation.</param>
/// <param name="StoppedEarly">True when patience ran out before the last epoch.</param>
/// <param name="Kernels">What the updates were computed with.</param>
/// <param name="Parameters">Number of trained numbers.</param>
public sealed record RunSummary(int Steps, double Seconds, HistoryEntry Best, IReadOnlyList<HistoryEntry> History, bool StoppedEarly, KernelSet Kernels, long Parameters);
