using Carousel.Training;

namespace Carousel.Tasks.Memory;

/// <summary>A trained network and how much it remembers.</summary>
/// <param name="Recipe">What and how.</param>
/// <param name="Summary">The training run.</param>
/// <param name="Test">Metrics on the test sequences, the one that counts first.</param>
public sealed record MemoryResult(MemoryRecipe Recipe, RunSummary Summary, IReadOnlyDictionary<string, double> Test);
