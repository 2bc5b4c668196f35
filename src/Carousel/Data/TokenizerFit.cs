using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Unicode;

namespace Carousel.Data;

/// <summary>Makes the <see cref="Tokenizer"/> of a training text.</summary>
public static class TokenizerFit
{
    /// <summary>Looks at the training text and at nothing else; the same text gives the same tokeniser.</summary>
    /// <param name="config">What a token is, and how many or how frequent they are.</param>
    /// <param name="symbols">
    /// Special symbols the task asks for, in the order of their ids from 0: <see cref="Tokenizer.SpecialSymbols"/> for sentences. Without <see cref="Tokenizer.End"/> among them the text
    /// is one stream of lines, and the line end is a token like others.
    /// </param>
    /// <param name="training">One file or several that share the tokeniser.</param>
    public static Tokenizer Of(TextConfig config, IReadOnlyList<string> symbols, params IReadOnlyList<TextFile> training)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(symbols);
        TextFile[] normal = [.. training.Select(file => file with { Lines = [.. file.Lines.Select(line => TextNormalizer.Apply(line, config.Normalization))] })];
        Tokenizer tokenizer = config.Unit == TextUnit.Subword
            ? BytePairFit.Of(normal, [.. symbols.Where(symbol => symbol != Tokenizer.Unknown)], config.Subwords, Math.Max(2, config.MinimumCount), leadingSpace: symbols.Contains(Tokenizer.End))
            : VocabularyFit.Of(normal, config, symbols);
        return tokenizer with { Normalization = config.Normalization };
    }
}
