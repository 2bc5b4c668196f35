using Carousel.Autograd;
using Carousel.Autograd.Operations;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>What the losses share: terms that depend on one prediction and one target each, their weights, and their reduction.</summary>
internal static class LossTerms
{
    /// <summary>Terms w·ℓ(prediction, target), element by element, reduced. A term of weight 0 is 0, whatever its numbers are.</summary>
    public static Tensor Pointwise<TLoss>(Tape tape, string operation, Tensor prediction, Tensor target, TLoss loss, Tensor? weights, Reduction reduction)
        where TLoss : struct, IPointLoss
    {
        if (!prediction.Shape.SequenceEqual(target.Shape))
        {
            throw new ArgumentException($"{operation}: prediction {prediction} and target {target} must have one shape", nameof(target));
        }

        int repeat = ElementsPerWeight(operation, prediction, weights);
        Tensor terms = tape.Empty(prediction.Shape);
        Tensor? slopes = tape.IsRecording && prediction.NeedsGradient ? tape.Empty(prediction.Shape) : null;
        Forward();
        tape.Record(operation, [terms], [prediction], () => AddProducts(terms.Gradient, slopes!, tape.GradientOf(prediction)), Forward);
        return Reduce(tape, terms, reduction, () => TotalWeight(tape, terms.Length, weights, repeat));

        void Forward()
        {
            ReadOnlySpan<float> x = prediction.Values, y = target.Values;
            Span<float> values = terms.Values, derivatives = slopes is null ? [] : slopes.Values;
            for (int i = 0; i < x.Length; i++)
            {
                float weight = weights is null ? 1 : weights.Values[i / repeat];
                (float value, float slope) = weight == 0 ? (0, 0) : loss.Evaluate(x[i], y[i]);
                values[i] = weight * value;
                if (slopes is not null)
                {
                    derivatives[i] = weight * slope;
                }
            }
        }
    }

    /// <summary>One number from the terms, or the terms themselves.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="terms">Any shape, already weighted.</param>
    /// <param name="reduction">How.</param>
    /// <param name="total">Gives the sum of the weights, by which a mean divides; asked whenever the mean is worked out.</param>
    public static Tensor Reduce(Tape tape, Tensor terms, Reduction reduction, Func<float> total) => reduction switch
    {
        Reduction.None => terms,
        Reduction.Sum => tape.Sum(terms),
        Reduction.Mean => Mean(tape, terms, total),
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "unknown reduction"),
    };

    /// <inheritdoc cref="Reduce(Tape, Tensor, Reduction, Func{float})"/>
    public static Tensor Reduce(Tape tape, Tensor terms, Reduction reduction, float total) => Reduce(tape, terms, reduction, () => total);

    private static Tensor Mean(Tape tape, Tensor terms, Func<float> total)
    {
        Tensor mean = tape.Empty();
        float share = 0;
        Forward();
        tape.Record("mean", [mean], [terms], () =>
        {
            Span<float> gradient = tape.GradientOf(terms);
            TensorPrimitives.Add(gradient, mean.Gradient[0] * share, gradient);
        }, Forward);
        return mean;

        void Forward()
        {
            float weight = total();
            share = weight == 0 ? 0 : 1 / weight;
            mean.Values[0] = tape.Kernels.Sum(terms.Values) * share;
        }
    }

    /// <summary>Elements that share one weight: the shape of the weights must begin that of the tensor ([T, B] beside [T, B, F]).</summary>
    public static int ElementsPerWeight(string operation, Tensor tensor, Tensor? weights)
    {
        if (weights is null)
        {
            return 1;
        }

        if (weights.Rank > tensor.Rank || !tensor.Shape[..weights.Rank].SequenceEqual(weights.Shape))
        {
            throw new ArgumentException($"{operation}: the shape of the weights {weights} must begin that of the prediction {tensor}", nameof(weights));
        }

        return weights.Length == 0 ? 1 : tensor.Length / weights.Length;
    }

    /// <summary>Sum of the weights of all elements.</summary>
    public static float TotalWeight(Tape tape, int elements, Tensor? weights, int repeat) =>
        weights is null ? elements : tape.Kernels.Sum(weights.Values) * repeat;

    /// <summary>Adds ∂L/∂term · ∂term/∂x, element by element.</summary>
    public static void AddProducts(ReadOnlySpan<float> termGradient, Tensor slopes, Span<float> gradient) =>
        TensorPrimitives.FusedMultiplyAdd(termGradient, slopes.Values, gradient, gradient);
}
