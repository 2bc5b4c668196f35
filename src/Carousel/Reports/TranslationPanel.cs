namespace Carousel.Reports;

/// <summary>One sentence and what a model made of it.</summary>
/// <param name="Source">The sentence.</param>
/// <param name="Reference">How a person translated it.</param>
/// <param name="Hypothesis">How the model did.</param>
/// <param name="Alignment">Where the model looked, or null.</param>
public sealed record TranslationPanel(string Source, string Reference, string Hypothesis, Alignment? Alignment = null);
