using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>Cross-entropy of yes-or-no answers given as logits, safe for logits of any size.</summary>
public static class BinaryCrossEntropyLoss
{
    /// <summary>−(p·y·log σ(x) + (1 − y)·log(1 − σ(x))), with p the weight of a positive answer.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="logits">x, any shape.</param>
    /// <param name="target">y from 0 to 1, the same shape; a constant.</param>
    /// <param name="positiveWeight">p: above 1 raises recall, below 1 raises precision.</param>
    /// <param name="weights">Weight of each term, its shape beginning that of the logits ([T, B] for [T, B, F]): 0 for padded steps. Null for 1.</param>
    /// <param name="reduction">How the terms become one number.</param>
    /// <returns>A single number, or the terms.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor BinaryCrossEntropy(this Tape tape, Tensor logits, Tensor target, float positiveWeight = 1, Tensor? weights = null, Reduction reduction = Reduction.Mean) =>
        LossTerms.Pointwise(tape, "binary_cross_entropy", logits, target, new Answer(positiveWeight), weights, reduction);

    private readonly struct Answer(float positiveWeight) : IPointLoss
    {
        // −log σ(x) = softplus(−x) and −log(1 − σ(x)) = x + softplus(−x).
        public (float Loss, float Slope) Evaluate(float prediction, float target)
        {
            double x = prediction, y = target, positive = positiveWeight * y;
            double softplus = double.LogP1(Math.Exp(-Math.Abs(x))) + Math.Max(-x, 0);
            double sigmoid = 1 / (1 + Math.Exp(-x));
            return ((float)(((1 - y) * x) + ((positive + 1 - y) * softplus)), (float)(((1 - y) * sigmoid) - (positive * (1 - sigmoid))));
        }
    }
}
