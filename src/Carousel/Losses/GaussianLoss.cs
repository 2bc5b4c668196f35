using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>Negative log-likelihood of a normal distribution whose mean and variance are both predicted (Nix &amp; Weigend 1994).</summary>
public static class GaussianLoss
{
    private const float HalfLogTwoPi = 0.91893853f;

    /// <summary>½(ln v + (y − μ)²/v) with v = max(σ², ε), plus ½ ln 2π if full.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="mean">μ, any shape.</param>
    /// <param name="variance">σ², the same shape. Below ε the gradient is that at ε, as in PyTorch, so that a variance which fell too low can rise again.</param>
    /// <param name="target">y, the same shape; a constant.</param>
    /// <param name="epsilon">ε, above 0.</param>
    /// <param name="full">True to add the constant ½ ln 2π.</param>
    /// <param name="weights">Weight of each term, its shape beginning that of the mean ([T, B] for [T, B, F]): 0 for padded steps. Null for 1.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number (nats), or the terms.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or ε is not above 0.</exception>
    public static Tensor Gaussian(this Tape tape, Tensor mean, Tensor variance, Tensor target, float epsilon = 1e-6f, bool full = false,
        Tensor? weights = null, Reduction reduction = Reduction.Mean)
    {
        if (!mean.Shape.SequenceEqual(target.Shape) || !mean.Shape.SequenceEqual(variance.Shape))
        {
            throw new ArgumentException($"gaussian: mean {mean}, variance {variance} and target {target} must have one shape", nameof(target));
        }

        if (!(epsilon > 0))
        {
            throw new ArgumentException($"gaussian: epsilon is {epsilon}, expected a number above 0", nameof(epsilon));
        }

        int repeat = LossTerms.ElementsPerWeight("gaussian", mean, weights);
        Tensor terms = tape.Empty(mean.Shape), meanSlopes = tape.Empty(mean.Shape), varianceSlopes = tape.Empty(mean.Shape);
        for (int i = 0; i < terms.Length; i++)
        {
            float weight = weights is null ? 1 : weights.Values[i / repeat];
            float v = MathF.Max(variance.Values[i], epsilon), error = mean.Values[i] - target.Values[i];
            bool counts = weight != 0;
            terms.Values[i] = counts ? weight * ((0.5f * (MathF.Log(v) + (error * error / v))) + (full ? HalfLogTwoPi : 0)) : 0;
            meanSlopes.Values[i] = counts ? weight * error / v : 0;
            varianceSlopes.Values[i] = counts ? weight * 0.5f * ((1 / v) - (error / v * (error / v))) : 0;
        }

        tape.Record("gaussian", [terms], [mean, variance], () =>
        {
            if (mean.NeedsGradient)
            {
                LossTerms.AddProducts(terms.Gradient, meanSlopes, tape.GradientOf(mean));
            }

            if (variance.NeedsGradient)
            {
                LossTerms.AddProducts(terms.Gradient, varianceSlopes, tape.GradientOf(variance));
            }
        });
        return LossTerms.Reduce(tape, terms, reduction, LossTerms.TotalWeight(tape, terms.Length, weights, repeat));
    }
}
