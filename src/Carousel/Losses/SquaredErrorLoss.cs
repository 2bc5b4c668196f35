using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>The squared error (Gauss 1809).</summary>
public static class SquaredErrorLoss
{
    /// <summary>(x − y)², the mean of which is the MSE.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="prediction">x, any shape.</param>
    /// <param name="target">y, the same shape; a constant.</param>
    /// <param name="weights">Weight of each term, its shape beginning that of the prediction ([T, B] for [T, B, F]): 0 for padded steps. Null for 1.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number, or the terms.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor SquaredError(this Tape tape, Tensor prediction, Tensor target, Tensor? weights = null, Reduction reduction = Reduction.Mean) =>
        LossTerms.Pointwise(tape, "squared_error", prediction, target, default(Square), weights, reduction);

    private readonly struct Square : IPointLoss
    {
        public (float Loss, float Slope) Evaluate(float prediction, float target)
        {
            float error = prediction - target;
            return (error * error, 2 * error);
        }
    }
}
