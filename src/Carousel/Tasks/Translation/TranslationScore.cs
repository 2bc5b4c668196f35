using Carousel.Metrics;

namespace Carousel.Tasks.Translation;

/// <summary>How good a translation model is on one part of the data.</summary>
/// <param name="Perplexity">Of the reference translations.</param>
/// <param name="Hypotheses">What the model writes, one for each sentence.</param>
/// <param name="Bleu">Of the hypotheses.</param>
/// <param name="Chrf">Of the hypotheses.</param>
public sealed record TranslationScore(Perplexity Perplexity, IReadOnlyList<string> Hypotheses, Bleu Bleu, Chrf Chrf)
{
    /// <summary>Every metric by name, as reports and JSON spell them.</summary>
    public IReadOnlyDictionary<string, double> Metrics =>
        new Dictionary<string, double>(TranslationModel.Metrics(Perplexity)) { ["bleu"] = Bleu.Score, ["chrf"] = Chrf.Score };

    /// <summary>Compares translations with their references.</summary>
    /// <param name="perplexity">Of the references.</param>
    /// <param name="hypotheses">What the model writes.</param>
    /// <param name="pairs">Whose targets are the references.</param>
    public static TranslationScore Of(Perplexity perplexity, IReadOnlyList<string> hypotheses, TokenPairs pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return new TranslationScore(perplexity, hypotheses, Carousel.Metrics.Bleu.OfCorpus(hypotheses, [pairs.Text.Target]), Carousel.Metrics.Chrf.OfCorpus(hypotheses, [pairs.Text.Target]));
    }
}
