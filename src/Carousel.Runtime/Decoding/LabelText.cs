using Carousel.Runtime.Inputs;

namespace Carousel.Runtime.Decoding;

/// <summary>Text as the labels of a transcriber.</summary>
public static class LabelText
{
    /// <summary>A text as its words, or as its characters, spaces between words included.</summary>
    /// <param name="text">Words separated by spaces.</param>
    /// <param name="unit">What one label is.</param>
    public static IEnumerable<string> Split(string text, TextUnit unit)
    {
        ArgumentNullException.ThrowIfNull(text);
        return unit == TextUnit.Word
            ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : text.EnumerateRunes().Select(static rune => rune.ToString());
    }

    /// <summary>The classes of a text's labels: their ids + 1. What is no label is left out.</summary>
    /// <param name="text">Words separated by spaces.</param>
    /// <param name="labels">The labels; label i is class i + 1.</param>
    public static int[] Encode(string text, VocabularyTokenizer labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return [.. Split(text, labels.Unit).Select(token => labels.IdOf(token) + 1).Where(static label => label > 0)];
    }

    /// <summary>The text of classes that are no blanks.</summary>
    /// <param name="classes">Each 1 … V.</param>
    /// <param name="labels">The labels; label i is class i + 1.</param>
    public static string Decode(IEnumerable<int> classes, VocabularyTokenizer labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return labels.Decode(classes.Select(static label => label - 1));
    }
}
