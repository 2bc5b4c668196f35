using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>The absolute error (Laplace 1774), whose best constant prediction is the median.</summary>
public static class AbsoluteErrorLoss
{
    /// <summary>|x − y|, the mean of which is the MAE or L1 loss; slope 0 where they are equal.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="prediction">x, any shape.</param>
    /// <param name="target">y, the same shape; a constant.</param>
    /// <param name="weights">Weight of each term, its shape beginning that of the prediction ([T, B] for [T, B, F]): 0 for padded steps. Null for 1.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number, or the terms.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor AbsoluteError(this Tape tape, Tensor prediction, Tensor target, Tensor? weights = null, Reduction reduction = Reduction.Mean) =>
        LossTerms.Pointwise(tape, "absolute_error", prediction, target, default(Magnitude), weights, reduction);

    private readonly struct Magnitude : IPointLoss
    {
        public (float Loss, float Slope) Evaluate(float prediction, float target)
        {
            float error = prediction - target;
            return (MathF.Abs(error), error > 0 ? 1 : error < 0 ? -1 : error);
        }
    }
}
