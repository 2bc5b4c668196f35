namespace Carousel.Training;

/// <summary>How good a network is on one part of the data.</summary>
/// <param name="Score">The number by which models are chosen; lower is better.</param>
/// <param name="Examples">Number of examples measured.</param>
/// <param name="Metrics">Every metric by name (snake_case), in the order of display.</param>
public sealed record Evaluation(double Score, int Examples, IReadOnlyDictionary<string, double> Metrics);
