using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>The quantile or pinball loss (Koenker &amp; Bassett 1978), whose best constant prediction is the quantile.</summary>
public static class QuantileLoss
{
    /// <summary>max(q·e, (q − 1)·e) with e = y − x_q, for every quantile q.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="prediction">x […, Q], one column per quantile.</param>
    /// <param name="target">y […]; a constant.</param>
    /// <param name="quantiles">q [Q], each between 0 and 1.</param>
    /// <param name="weights">Weight of each term, its shape beginning that of the prediction ([T, B] for [T, B, Q]): 0 for padded steps. Null for 1.</param>
    /// <param name="reduction">How the terms become one number; the mean is over targets and quantiles.</param>
    /// <returns>A single number, or the terms […, Q].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a quantile is not between 0 and 1.</exception>
    public static Tensor Quantile(this Tape tape, Tensor prediction, Tensor target, IReadOnlyList<float> quantiles, Tensor? weights = null, Reduction reduction = Reduction.Mean)
    {
        int count = quantiles.Count;
        if (prediction.Rank == 0 || prediction.Shape[^1] != count || !prediction.Shape[..^1].SequenceEqual(target.Shape))
        {
            throw new ArgumentException($"quantile: prediction {prediction}, target {target} and {count} quantiles do not fit", nameof(prediction));
        }

        if (quantiles.FirstOrDefault(q => !(q > 0 && q < 1), 0.5f) is var wrong && wrong != 0.5f)
        {
            throw new ArgumentException($"quantile: {wrong} is no quantile, expected 0 < q < 1", nameof(quantiles));
        }

        int repeat = LossTerms.ElementsPerWeight("quantile", prediction, weights);
        Tensor terms = tape.Empty(prediction.Shape), slopes = tape.Empty(prediction.Shape);
        ReadOnlySpan<float> x = prediction.Values, y = target.Values;
        for (int i = 0; i < x.Length; i++)
        {
            float weight = weights is null ? 1 : weights.Values[i / repeat], q = quantiles[i % count];
            float error = weight == 0 ? 0 : y[i / count] - x[i];
            terms.Values[i] = weight * MathF.Max(q * error, (q - 1) * error);
            slopes.Values[i] = weight * (error > 0 ? -q : error < 0 ? 1 - q : error);
        }

        tape.Record("quantile", [terms], [prediction], () => LossTerms.AddProducts(terms.Gradient, slopes, tape.GradientOf(prediction)));
        return LossTerms.Reduce(tape, terms, reduction, LossTerms.TotalWeight(tape, terms.Length, weights, repeat));
    }
}
