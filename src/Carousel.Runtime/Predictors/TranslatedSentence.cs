namespace Carousel.Runtime.Predictors;

/// <summary>A sentence and what it was translated to.</summary>
/// <param name="Source">The tokens that were read, without the end.</param>
/// <param name="SourceLength">The tokens that the sentence has; more than were read when it is longer than the model reads.</param>
/// <param name="Translations">The translations, best first; 1 or more. The only one of a sentence without tokens is the empty text.</param>
public sealed record TranslatedSentence(IReadOnlyList<int> Source, int SourceLength, IReadOnlyList<Translation> Translations)
{
    /// <summary>The best translation.</summary>
    public string Text => Translations[0].Text;
}
