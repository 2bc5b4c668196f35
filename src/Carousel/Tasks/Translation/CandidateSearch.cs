using Carousel.Metrics;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Training;

namespace Carousel.Tasks.Translation;

/// <summary>What a translation model finds for one sentence.</summary>
/// <param name="Tokens">Ids of the translation, without its end.</param>
/// <param name="Cost">1 − BLEU of the sentence, 0 … 1.</param>
internal readonly record struct Candidate(int[] Tokens, float Cost);

/// <summary>Finds the candidates of <see cref="MinimumRiskConfig"/>: what a beam search leaves of each sentence, and how far that is from the reference.</summary>
internal static class CandidateSearch
{
    // Sentences between two words to whoever waits.
    private const int Part = 1024;

    /// <summary>Looks for translations of each source sentence.</summary>
    /// <param name="model">Whose translations.</param>
    /// <param name="pairs">The sentences, with their references.</param>
    /// <param name="beam">How they are looked for; all that the search returns are candidates.</param>
    /// <param name="run">Threads, and who is told.</param>
    /// <param name="cancellation">Ends it early by an exception.</param>
    /// <returns>The candidates of each sentence [N], 1 or more each, the best first.</returns>
    public static Candidate[][] Run(TranslationModel model, TokenPairs pairs, BeamConfig beam, TrainingRun run, CancellationToken cancellation)
    {
        // How a candidate is found hardly matters, only that it is one; the smallest weights are the fastest.
        using var translator = Translator.From(model.File, "the model", new CompileOptions { Precision = Precision.Int8, Threads = run.Workers.Threads });
        var candidates = new Candidate[pairs.Count][];
        long start = TimeProvider.System.GetTimestamp();
        int done = 0;
        foreach (int[] part in Enumerable.Range(0, pairs.Count).OrderBy(at => pairs.Source[at].Length).Chunk(Part))
        {
            IReadOnlyList<TranslatedSentence> found = translator.Translate([.. part.Select(at => pairs.Text.Source[at])], beam, cancellation);
            run.Workers.Run(part.Length, at => candidates[part[at]] = Rated(found[at], pairs.Text.Target[part[at]]));
            done += part.Length;
            TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
            run.Progress?.Report(new TrainingProgress(done, pairs.Count, 0, double.NaN, 0, elapsed, elapsed * ((double)(pairs.Count - done) / done), null, false));
        }

        return candidates;
    }

    private static Candidate[] Rated(TranslatedSentence sentence, string reference)
    {
        string[] expected = BleuTokenizer.Split(reference);
        return [.. sentence.Translations.Select(translation => new Candidate([.. translation.Tokens], (float)(1 - Bleu.OfSentence(BleuTokenizer.Split(translation.Text), expected))))];
    }
}
