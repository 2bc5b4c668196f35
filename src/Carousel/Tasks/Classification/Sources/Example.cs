namespace Carousel.Tasks.Classification.Sources;

/// <summary>One example as a file holds it.</summary>
/// <typeparam name="TContent">What is classified: a text, rows of numbers.</typeparam>
/// <param name="Content">What is classified.</param>
/// <param name="Label">What it is; empty when the file does not say.</param>
/// <param name="File">Where it stands: the name of the file, for messages.</param>
/// <param name="Line">Its line in the file, counted from 1; null when it is the whole file.</param>
public sealed record Example<TContent>(TContent Content, string Label, string File, long? Line = null);
