using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Autograd.Operations;

/// <summary>From scores to what is read: soft-max over the keys a query may see, then the weighted sum of the values.</summary>
public static class Attention
{
    /// <summary>Soft-max over the last axis among the keys a query may see; the weight of any other key is exactly 0.</summary>
    /// <remarks>A query that may see no key at all gets weights of 0, so its result is 0, and passes no gradient on.</remarks>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="scores">[B, heads, L, S]</param>
    /// <param name="mask">What each query may see; null for everything.</param>
    /// <returns>[B, heads, L, S]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor MaskedSoftmax(this Tape tape, Tensor scores, AttentionMask? mask)
    {
        if (scores.Rank != 4)
        {
            throw new ArgumentException($"masked soft-max: scores are [B, heads, L, S], found {scores}", nameof(scores));
        }

        mask?.ThrowIfMisfit(scores);
        int heads = scores.Shape[1], queries = scores.Shape[2], keys = scores.Shape[3];
        Tensor weights = tape.Empty(scores.Shape);
        scores.Values.CopyTo(weights.Values);
        tape.Workers.Run(scores.Shape[0], sequence =>
        {
            for (int index = 0; index < heads * queries; index++)
            {
                Span<float> row = AttentionScores.Block(weights.Values, (sequence * heads * queries) + index, keys);
                if (keys > 0 && (mask is null || mask.Apply(row, sequence, index % queries)))
                {
                    tape.Kernels.Softmax(row, row);
                }
                else
                {
                    row.Clear();
                }
            }
        });

        tape.Record("masked_softmax", [weights], [scores], () => SoftmaxOperation.Accumulate(tape, scores, weights));
        return weights;
    }

    /// <summary>Σ_s weight_s · value_s for each query, each head on its own V/heads features.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="weights">[B, heads, L, S]</param>
    /// <param name="values">[S, B, V]. Values whose weight is 0 do not matter, but must be finite.</param>
    /// <returns>[L, B, V]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor WeightedSum(this Tape tape, Tensor weights, Tensor values)
    {
        if (weights.Rank != 4 || values.Rank != 3 || weights.Shape[0] != values.Shape[1] || weights.Shape[3] != values.Shape[0] || values.Shape[2] % weights.Shape[1] != 0)
        {
            throw new ArgumentException($"weighted sum: weights [B, heads, L, S] and values [S, B, V] must agree and heads divide V, found {weights} and {values}", nameof(values));
        }

        int batch = weights.Shape[0], heads = weights.Shape[1], queries = weights.Shape[2], keys = weights.Shape[3];
        Tensor y = tape.Empty(queries, batch, values.Shape[2]);
        tape.Workers.Run(batch * heads, index => tape.Kernels.Multiply(
            Weights(weights.Values, index), AttentionScores.Head(values, values.Values, index, heads),
            y.Values[AttentionScores.Start(y, index, heads)..], AttentionScores.Stride(y), accumulate: false, Workers.Single));

        tape.Record("weighted_sum", [y], [weights, values], () =>
        {
            AttentionScores.Prepare(tape, weights, values);
            tape.Workers.Run(batch * heads, index =>
            {
                Matrix gradient = AttentionScores.Head(y, y.Gradient, index, heads);
                if (weights.NeedsGradient)
                {
                    Span<float> target = AttentionScores.Block(weights.Gradient, index, queries * keys);
                    tape.Kernels.Multiply(gradient, AttentionScores.Head(values, values.Values, index, heads).Transposed, target, keys, accumulate: true, Workers.Single);
                }

                if (values.NeedsGradient)
                {
                    Span<float> target = values.Gradient[AttentionScores.Start(values, index, heads)..];
                    tape.Kernels.Multiply(Weights(weights.Values, index).Transposed, gradient, target, AttentionScores.Stride(values), accumulate: true, Workers.Single);
                }
            });
        });
        return y;

        Matrix Weights(Span<float> all, int index) => new(AttentionScores.Block(all, index, queries * keys), queries, keys);
    }

    /// <summary>Scaled dot product attention, softmax(Q·Kᵀ / √d)·V with d = E/heads, each head on its own features (Vaswani et al. 2017).</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="queries">[L, B, E]</param>
    /// <param name="keys">[S, B, E]</param>
    /// <param name="values">[S, B, V]</param>
    /// <param name="mask">What each query may see; null for everything.</param>
    /// <param name="heads">Number of heads; divides E and V.</param>
    /// <param name="dropout">Share of weights set to zero while training, 0 ≤ p &lt; 1.</param>
    /// <returns>Output [L, B, V] and the weights it was made with [B, heads, L, S].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static (Tensor Output, Tensor Weights) ScaledDotProduct(this Tape tape, Tensor queries, Tensor keys, Tensor values, AttentionMask? mask = null,
        int heads = 1, float dropout = 0)
    {
        float scale = queries.Rank == 3 ? MathF.Sqrt((float)heads / queries.Shape[2]) : 1;
        Tensor weights = tape.Dropout(tape.MaskedSoftmax(tape.DotScores(queries, keys, heads, scale), mask), dropout);
        return (tape.WeightedSum(weights, values), weights);
    }
}
