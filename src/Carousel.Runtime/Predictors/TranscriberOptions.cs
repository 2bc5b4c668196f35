using Carousel.Runtime.Decoding;

namespace Carousel.Runtime.Predictors;

/// <summary>How a <see cref="Transcriber"/> turns probabilities into text.</summary>
public sealed record TranscriberOptions
{
    /// <summary>True to take the most probable label of each time step instead of searching: quicker, and without a language model.</summary>
    /// <value>false</value>
    public bool Greedy { get; init; }

    /// <summary>How to search; null for the way of the model file.</summary>
    /// <value>null</value>
    public CtcSearchConfig? Search { get; init; }

    /// <summary>The language model to search with, which stays the caller's to dispose; null for that of the model file, if it holds one.</summary>
    /// <value>null</value>
    public ILanguageModel? LanguageModel { get; init; }

    /// <summary>Words that are likelier than the language model thinks: names, commands.</summary>
    public IReadOnlyList<string> HotWords { get; init; } = [];
}
