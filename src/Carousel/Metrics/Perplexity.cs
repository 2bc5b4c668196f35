namespace Carousel.Metrics;

/// <summary>How surprised a language model is: the negative log-likelihood of a text, summed over its tokens.</summary>
/// <param name="NllSum">Total negative log-likelihood, nats.</param>
/// <param name="Tokens">Number of tokens counted.</param>
public sealed record Perplexity(double NllSum, long Tokens)
{
    /// <summary>Nats per token; NaN without tokens.</summary>
    public double NllMean => NllSum / Tokens;

    /// <summary>exp(nats per token): a model that guesses among k equally likely tokens has perplexity k.</summary>
    public double Value => Math.Exp(NllMean);

    /// <summary>log₂ of the perplexity.</summary>
    public double BitsPerToken => NllMean / Math.Log(2);

    /// <summary>Perplexity of targets under softmax(logits).</summary>
    /// <param name="logits">Scores [N, V], row-major.</param>
    /// <param name="targets">The tokens that came [N], each in 0 … V − 1 or equal to <paramref name="ignore"/>.</param>
    /// <param name="ignore">A target that does not count, such as padding; null when every target counts.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or a target is out of range.</exception>
    public static Perplexity OfLogits(ReadOnlySpan<double> logits, ReadOnlySpan<int> targets, int? ignore = null)
    {
        if (targets.IsEmpty || logits.Length % targets.Length != 0)
        {
            throw new ArgumentException($"{logits.Length} logits for {targets.Length} targets, expected the same number V of logits for each");
        }

        int vocabulary = logits.Length / targets.Length;
        double sum = 0;
        long tokens = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] == ignore)
            {
                continue;
            }

            ArgumentOutOfRangeException.ThrowIfNegative(targets[i], nameof(targets));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(targets[i], vocabulary, nameof(targets));
            ReadOnlySpan<double> row = logits.Slice(i * vocabulary, vocabulary);
            sum += LogSumExp(row) - row[targets[i]];
            tokens++;
        }

        return new Perplexity(sum, tokens);
    }

    // The largest logit is taken out first, so that exp never overflows.
    private static double LogSumExp(ReadOnlySpan<double> row)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double logit in row)
        {
            largest = Math.Max(largest, logit);
        }

        foreach (double logit in row)
        {
            sum += Math.Exp(logit - largest);
        }

        return largest + Math.Log(sum);
    }
}
