using Carousel.Data;
using Carousel.Runtime.Inputs;

namespace Carousel.Tasks.Translation;

/// <summary>Sentence pairs as ids, without marks for beginning and end.</summary>
/// <param name="Text">As they are written.</param>
/// <param name="Source">Ids of each source sentence [N].</param>
/// <param name="Target">Ids of each translation [N].</param>
public sealed record TokenPairs(SentencePairs Text, IReadOnlyList<int[]> Source, IReadOnlyList<int[]> Target)
{
    /// <summary>N</summary>
    public int Count => Source.Count;

    /// <summary>Tokens of all translations, their ends included.</summary>
    public long TargetTokens => Target.Sum(ids => ids.Length + 1L);

    /// <summary>Cuts sentences into tokens.</summary>
    /// <param name="text">The sentences.</param>
    /// <param name="source">The tokeniser of the source language.</param>
    /// <param name="target">The tokeniser of the target language.</param>
    /// <exception cref="DataFileException">A part of a sentence has no token, and there is no <c>&lt;unk&gt;</c> to stand for it.</exception>
    public static TokenPairs Of(SentencePairs text, Tokenizer source, Tokenizer target)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new TokenPairs(text, Encode(text.Source, source, text.Name), Encode(text.Target, target, text.Name));
    }

    /// <summary>The pairs whose sentences both have at most so many tokens.</summary>
    public TokenPairs UpTo(int longest)
    {
        int[] kept = [.. Enumerable.Range(0, Count).Where(at => Math.Max(Source[at].Length, Target[at].Length) <= longest)];
        return kept.Length == Count
            ? this
            : new TokenPairs(Text with { Source = [.. kept.Select(at => Text.Source[at])], Target = [.. kept.Select(at => Text.Target[at])] }, [.. kept.Select(at => Source[at])], [.. kept.Select(at => Target[at])]);
    }

    private static int[][] Encode(IReadOnlyList<string> sentences, Tokenizer tokenizer, string name)
    {
        int[][] ids = new int[sentences.Count][];
        for (int at = 0; at < ids.Length; at++)
        {
            try
            {
                ids[at] = tokenizer.Encode(sentences[at]);
            }
            catch (UnknownTokenException e)
            {
                throw new DataFileException(name, e.Message, at + 1, inner: e);
            }
        }

        return ids;
    }
}
