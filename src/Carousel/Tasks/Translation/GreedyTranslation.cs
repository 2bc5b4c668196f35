using Carousel.Autograd;
using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Models;

namespace Carousel.Tasks.Translation;

/// <summary>The most probable token at each step, for the network as it is in training: a first look at what it writes. Deployment has beams.</summary>
internal static class GreedyTranslation
{
    private const int Batch = 64;

    /// <summary>Translates sentences.</summary>
    /// <param name="network">Network and weights.</param>
    /// <param name="sentences">Ids of the sentences, without ends.</param>
    /// <param name="tape">For inference; reset as it goes.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <returns>Ids of the translations, without ends.</returns>
    public static int[][] Of(Seq2Seq network, IReadOnlyList<int[]> sentences, Tape tape, CancellationToken cancellation = default)
    {
        int[][] written = new int[sentences.Count][];
        foreach (int[] part in Enumerable.Range(0, sentences.Count).OrderBy(at => sentences[at].Length).Chunk(Batch))
        {
            tape.Reset(keepsWeights: true);
            IReadOnlyList<int[]> found = Write(network, [.. part.Select(at => sentences[at])], tape, cancellation);
            foreach ((int at, int[] ids) in part.Zip(found))
            {
                written[at] = ids;
            }
        }

        tape.Reset();
        return written;
    }

    private static IReadOnlyList<int[]> Write(Seq2Seq network, IReadOnlyList<int[]> sentences, Tape tape, CancellationToken cancellation)
    {
        Seq2SeqConfig config = network.Config;
        var batch = SentenceBatch.Of(sentences, [.. sentences.Select(_ => Array.Empty<int>())], config);
        SourceMemory memory = network.Read(tape, batch.Source, batch.Lengths);
        List<int>[] written = [.. sentences.Select(_ => new List<int>())];
        bool[] isDone = new bool[sentences.Count];
        int[] inputs = [.. batch.Inputs];
        WritingState? state = null;
        int longest = Math.Min(config.MaxTargetLength, (2 * batch.Lengths.Max()) + 10), vocabulary = config.TargetVocabularySize;
        for (int step = 0; step < longest && isDone.Contains(false); step++)
        {
            cancellation.ThrowIfCancellationRequested();
            (Tensor output, state) = network.Step(tape, memory, state, inputs.ToArray());
            Tensor logits = network.Logits(tape, output);
            for (int at = 0; at < inputs.Length; at++)
            {
                inputs[at] = GreedySearch.MostProbable(logits.Values.Slice(at * vocabulary, vocabulary));
                isDone[at] |= inputs[at] == config.EndIndex;
                if (!isDone[at])
                {
                    written[at].Add(inputs[at]);
                }
            }
        }

        return [.. written.Select(ids => ids.ToArray())];
    }
}
