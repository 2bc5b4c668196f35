namespace Carousel.Reports;

/// <summary>A table of two columns.</summary>
/// <param name="Title">What the facts are about.</param>
/// <param name="Facts">Name and value of each.</param>
public sealed record FactTable(string Title, IReadOnlyList<KeyValuePair<string, string>> Facts);
