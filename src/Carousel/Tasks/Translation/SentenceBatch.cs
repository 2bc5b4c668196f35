using Carousel.Runtime.Models;

namespace Carousel.Tasks.Translation;

/// <summary>Some sentence pairs side by side, time first, filled up with padding.</summary>
internal sealed class SentenceBatch
{
    private SentenceBatch(int[] source, int[] lengths, int[] inputs, int[] targets) => (Source, Lengths, Inputs, Targets) = (source, lengths, inputs, targets);

    /// <summary>Ids of the source sentences [S, B], each with its end.</summary>
    public int[] Source { get; }

    /// <summary>Tokens of each source sentence [B], its end included.</summary>
    public int[] Lengths { get; }

    /// <summary>What the decoder reads [T, B]: the beginning, then the translation.</summary>
    public int[] Inputs { get; }

    /// <summary>What the decoder is to say [T, B]: the translation, then its end.</summary>
    public int[] Targets { get; }

    /// <summary>Puts sentences side by side.</summary>
    /// <param name="source">Ids of the source sentences [B], without ends.</param>
    /// <param name="target">Ids of their translations [B], without ends.</param>
    /// <param name="model">Says which tokens are padding, beginning and end.</param>
    public static SentenceBatch Of(IReadOnlyList<int[]> source, IReadOnlyList<int[]> target, Seq2SeqConfig model)
    {
        int[] end = [model.EndIndex];
        return new SentenceBatch(
            Columns(source, [], end, model.PaddingIndex),
            [.. source.Select(ids => ids.Length + 1)],
            Columns(target, [model.BeginIndex], [], model.PaddingIndex),
            Columns(target, [], end, model.PaddingIndex));
    }

    // Sentence b in column b: [T, B]
    private static int[] Columns(IReadOnlyList<int[]> sentences, int[] before, int[] after, int padding)
    {
        int batch = sentences.Count, steps = before.Length + after.Length + sentences.Max(ids => ids.Length);
        int[] columns = new int[steps * batch];
        columns.AsSpan().Fill(padding);
        for (int at = 0; at < batch; at++)
        {
            int cell = at;
            foreach (int id in before.Concat(sentences[at]).Concat(after))
            {
                columns[cell] = id;
                cell += batch;
            }
        }

        return columns;
    }
}
