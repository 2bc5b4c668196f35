namespace Carousel.Data;

/// <summary>From which language into which, as files (<c>train.en</c>) and keys (<c>{"en": …}</c>) call them.</summary>
/// <param name="Source">The language that is read.</param>
/// <param name="Target">The language that is written.</param>
public sealed record LanguagePair(string Source, string Target);
