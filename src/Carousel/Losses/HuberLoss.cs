using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>The Huber loss (Huber 1964): squared near zero, absolute beyond.</summary>
public static class HuberLoss
{
    /// <summary>½e² for |e| ≤ δ, else δ(|e| − ½δ), with e = x − y.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="prediction">x, any shape.</param>
    /// <param name="target">y, the same shape; a constant.</param>
    /// <param name="delta">δ, above 0.</param>
    /// <param name="weights">Weight of each term, its shape beginning that of the prediction ([T, B] for [T, B, F]): 0 for padded steps. Null for 1.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number, or the terms.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or δ is not above 0.</exception>
    public static Tensor Huber(this Tape tape, Tensor prediction, Tensor target, float delta = 1, Tensor? weights = null, Reduction reduction = Reduction.Mean)
    {
        if (!(delta > 0))
        {
            throw new ArgumentException($"huber: delta is {delta}, expected a number above 0", nameof(delta));
        }

        return LossTerms.Pointwise(tape, "huber", prediction, target, new Bend(delta), weights, reduction);
    }

    private readonly struct Bend(float delta) : IPointLoss
    {
        public (float Loss, float Slope) Evaluate(float prediction, float target)
        {
            float error = prediction - target, magnitude = MathF.Abs(error);
            return magnitude <= delta ? (0.5f * error * error, error) : (delta * (magnitude - (0.5f * delta)), error > 0 ? delta : error < 0 ? -delta : error);
        }
    }
}
