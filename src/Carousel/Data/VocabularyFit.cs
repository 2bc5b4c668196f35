using System.Runtime.InteropServices;
using Carousel.Runtime.Inputs;

namespace Carousel.Data;

/// <summary>Makes a <see cref="Vocabulary"/> from the training text.</summary>
public static class VocabularyFit
{
    /// <summary>
    /// The tokens that occur often enough, the most frequent first, equally frequent ones in the order of their code points; the line end is one of them.
    /// &lt;unk&gt; is there in every vocabulary of words, and in one of characters when a rare one was left out.
    /// </summary>
    /// <param name="training">The training text; nothing else may be looked at.</param>
    /// <param name="config">Unit and smallest count.</param>
    public static Vocabulary Of(TextFile training, TextConfig config)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(config);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string line in training.Lines)
        {
            foreach (string token in Vocabulary.Split(line, config.Unit))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, token, out _)++;
            }
        }

        int rare = counts.Where(entry => entry.Value < config.MinimumCount && entry.Key != Vocabulary.Unknown).Sum(entry => entry.Value);
        string lineEnd = new Vocabulary(config.Unit, []).LineEnd;
        CollectionsMarshal.GetValueRefOrAddDefault(counts, lineEnd, out _) += training.Lines.Count;
        IEnumerable<KeyValuePair<string, int>> kept = counts.Where(entry => entry.Value >= config.MinimumCount && entry.Key != Vocabulary.Unknown && entry.Key != lineEnd)
            .Append(new(lineEnd, counts[lineEnd]));
        if (config.Unit == TextUnit.Word || rare > 0)
        {
            kept = kept.Append(new(Vocabulary.Unknown, rare + counts.GetValueOrDefault(Vocabulary.Unknown)));
        }

        return new Vocabulary(config.Unit, [.. kept.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Key)]);
    }
}
