using System.Runtime.InteropServices;
using Carousel.Runtime.Inputs;

namespace Carousel.Data;

/// <summary>Makes a tokeniser of words or characters from the training text.</summary>
public static class VocabularyFit
{
    /// <summary>
    /// The special symbols, then the tokens that occur often enough, the most frequent first, equally frequent ones in the order of their code points. Unless the symbols hold
    /// them, the line end is one of the tokens, and &lt;unk&gt; is one of words in any case, and one of characters when a rare one was left out.
    /// </summary>
    /// <param name="training">The training text; nothing else may be looked at.</param>
    /// <param name="config">Unit (word or character) and smallest count.</param>
    /// <param name="symbols">Special symbols, in the order of their ids from 0.</param>
    public static VocabularyTokenizer Of(IReadOnlyList<TextFile> training, TextConfig config, IReadOnlyList<string> symbols)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(symbols);
        bool isWords = config.Unit == TextUnit.Word;
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string line in training.SelectMany(file => file.Lines))
        {
            foreach (string token in isWords ? WordTokenizer.Split(line, config.SplitSigns, config.Lowercase) : line.EnumerateRunes().Select(static rune => rune.ToString()))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, token, out _)++;
            }
        }

        // A text that spells a mark means something else, which is read as <unk>.
        int rare = 0;
        foreach (string mark in new[] { Tokenizer.Padding, Tokenizer.Begin, Tokenizer.End })
        {
            rare += counts.Remove(mark, out int count) ? count : 0;
        }

        rare += counts.Where(entry => entry.Value < config.MinimumCount && entry.Key != Tokenizer.Unknown).Sum(entry => entry.Value);
        Dictionary<string, int> kept = counts.Where(entry => entry.Value >= config.MinimumCount).ToDictionary(StringComparer.Ordinal);
        if (!symbols.Contains(Tokenizer.End))
        {
            string lineEnd = isWords ? Tokenizer.End : "\n";
            kept[lineEnd] = training.Sum(file => file.Lines.Count);
        }

        kept.Remove(Tokenizer.Unknown);
        if (isWords || rare > 0)
        {
            kept[Tokenizer.Unknown] = rare + counts.GetValueOrDefault(Tokenizer.Unknown);
        }

        string[] tokens =
        [
            .. symbols,
            .. kept.Where(entry => !symbols.Contains(entry.Key)).OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Key),
        ];
        return isWords ? new WordTokenizer(tokens) { SplitSigns = config.SplitSigns, Lowercase = config.Lowercase } : new CharacterTokenizer(tokens);
    }
}
