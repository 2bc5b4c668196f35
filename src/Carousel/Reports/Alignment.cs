namespace Carousel.Reports;

/// <summary>Where a model that translates looked while it wrote.</summary>
/// <param name="Source">The tokens that were read [S].</param>
/// <param name="Target">The tokens that were written [T].</param>
/// <param name="Weights">For each token that was written the weights of those that were read [T][S], in sum 1.</param>
public sealed record Alignment(IReadOnlyList<string> Source, IReadOnlyList<string> Target, IReadOnlyList<IReadOnlyList<float>> Weights);
