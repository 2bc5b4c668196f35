namespace Carousel.Training;

/// <summary>What updates cost: means since the previous evaluation of the same sitting, measuring the network not included.</summary>
/// <param name="SecondsPerStep">Wall clock of an update, in seconds.</param>
/// <param name="ItemsPerSecond">What <see cref="TrainingTask.Unit"/> names, learned from per second of updates.</param>
/// <param name="AllocatedBytesPerStep">Bytes of the collected heap that the training thread took for an update; 0 when steps of one size run again in planned memory.</param>
/// <param name="BufferBytes">Memory planned for values and gradients of one step, weights and their gradients not included, in bytes.</param>
/// <param name="PeakBytes">The most memory the process has held so far, in bytes.</param>
public sealed record StepCost(double SecondsPerStep, double ItemsPerSecond, double AllocatedBytesPerStep, long BufferBytes, long PeakBytes);
