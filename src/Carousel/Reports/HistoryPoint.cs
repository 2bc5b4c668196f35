namespace Carousel.Reports;

/// <summary>Where training stood at one evaluation.</summary>
/// <param name="Step">Updates made so far.</param>
/// <param name="TrainLoss">Mean loss on the training part since the last evaluation; NaN when unknown.</param>
/// <param name="ValidLoss">Loss on the validation part; NaN when unknown.</param>
/// <param name="LearningRate">Learning rate of the last update; NaN when unknown.</param>
public sealed record HistoryPoint(long Step, double TrainLoss, double ValidLoss, double LearningRate);
