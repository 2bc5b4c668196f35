using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Autograd.Operations;

/// <summary>How well each query matches each key, for <see cref="Attention.MaskedSoftmax"/>.</summary>
/// <remarks>Queries and keys are time first; a score tensor is [B, heads, L, S]. Sequences and heads never mix, so they are what the threads share.</remarks>
public static class AttentionScores
{
    /// <summary>score = scale · q·k, for each head on its own E/heads features (Luong et al. 2015; Vaswani et al. 2017).</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="queries">[L, B, E]</param>
    /// <param name="keys">[S, B, E]</param>
    /// <param name="heads">Number of heads, a divisor of E; head h has features h·E/heads … (h + 1)·E/heads − 1.</param>
    /// <param name="scale">Factor of each score.</param>
    /// <returns>[B, heads, L, S]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor DotScores(this Tape tape, Tensor queries, Tensor keys, int heads = 1, float scale = 1)
    {
        ThrowIfMisfit(queries, keys, "dot scores");
        int width = queries.Shape[2] / Math.Max(heads, 1), batch = queries.Shape[1], length = queries.Shape[0], steps = keys.Shape[0];
        if (heads < 1 || width * heads != queries.Shape[2])
        {
            throw new ArgumentException($"dot scores: {heads} heads do not divide the {queries.Shape[2]} features of {queries}", nameof(heads));
        }

        Tensor scores = tape.Empty(batch, heads, length, steps);
        tape.Workers.Run(batch * heads, index =>
        {
            Span<float> block = Block(scores.Values, index, length * steps);
            tape.Kernels.Multiply(Head(queries, queries.Values, index, heads), Head(keys, keys.Values, index, heads).Transposed, block, steps, accumulate: false, Workers.Single);
            if (scale != 1)
            {
                TensorPrimitives.Multiply(block, scale, block);
            }
        });

        tape.Record("dot_scores", [scores], [queries, keys], () =>
        {
            TensorPrimitives.Multiply(scores.Gradient, scale, scores.Gradient);
            Prepare(tape, queries, keys);
            tape.Workers.Run(batch * heads, index =>
            {
                var gradient = new Matrix(Block(scores.Gradient, index, length * steps), length, steps);
                if (queries.NeedsGradient)
                {
                    tape.Kernels.Multiply(gradient, Head(keys, keys.Values, index, heads), queries.Gradient[Start(queries, index, heads)..], Stride(queries), accumulate: true, Workers.Single);
                }

                if (keys.NeedsGradient)
                {
                    tape.Kernels.Multiply(gradient.Transposed, Head(queries, queries.Values, index, heads), keys.Gradient[Start(keys, index, heads)..], Stride(keys), accumulate: true, Workers.Single);
                }
            });
        });
        return scores;
    }

    /// <summary>score = v·tanh(q + k) for queries and keys that are projected to a common width (Bahdanau et al. 2015).</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="queries">[L, B, A]</param>
    /// <param name="keys">[S, B, A]</param>
    /// <param name="v">[A]</param>
    /// <returns>[B, 1, L, S]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor AdditiveScores(this Tape tape, Tensor queries, Tensor keys, Tensor v)
    {
        ThrowIfMisfit(queries, keys, "additive scores");
        int width = queries.Shape[2], batch = queries.Shape[1], length = queries.Shape[0], steps = keys.Shape[0];
        if (v.Length != width)
        {
            throw new ArgumentException($"additive scores: v {v} and queries {queries} differ in width", nameof(v));
        }

        Tensor scores = tape.Empty(batch, 1, length, steps), tanh = tape.Empty(batch, length, steps, width);
        tape.Workers.Run(batch, sequence =>
        {
            for (int query = 0; query < length; query++)
            {
                Span<float> block = Block(tanh.Values, (sequence * length) + query, steps * width);
                ReadOnlySpan<float> asked = Block(queries.Values, (query * batch) + sequence, width);
                for (int key = 0; key < steps; key++)
                {
                    TensorPrimitives.Add(asked, Block(keys.Values, (key * batch) + sequence, width), Block(block, key, width));
                }

                tape.Kernels.Tanh(block, block);
                Span<float> row = Block(scores.Values, (sequence * length) + query, steps);
                for (int key = 0; key < steps; key++)
                {
                    row[key] = tape.Kernels.Dot(Block(block, key, width), v.Values);
                }
            }
        });

        tape.Record("additive_scores", [scores], [queries, keys, v], () =>
        {
            if (v.NeedsGradient)
            {
                var gradient = new Matrix(scores.Gradient, scores.Length, 1);
                tape.Kernels.Multiply(new Matrix(tanh.Values, scores.Length, width).Transposed, gradient, tape.GradientOf(v), 1, accumulate: true, tape.Workers);
            }

            Prepare(tape, queries, keys);
            tape.Workers.Run(batch, sequence => AccumulateAdditive(queries, keys, v, scores, tanh, sequence));
        });
        return scores;
    }

    private static void AccumulateAdditive(Tensor queries, Tensor keys, Tensor v, Tensor scores, Tensor tanh, int sequence)
    {
        int width = v.Length, batch = queries.Shape[1], length = queries.Shape[0], steps = keys.Shape[0];
        for (int pair = 0; pair < length * steps; pair++)
        {
            // ∂score/∂(q + k) = v ⊙ (1 − tanh²), written over tanh, which nobody needs any more.
            Span<float> inner = Block(tanh.Values, (sequence * length * steps) + pair, width);
            TensorPrimitives.Multiply(inner, inner, inner);
            TensorPrimitives.Subtract(1f, inner, inner);
            TensorPrimitives.Multiply(inner, v.Values, inner);
            TensorPrimitives.Multiply(inner, scores.Gradient[(sequence * length * steps) + pair], inner);
            foreach ((Tensor side, int position) in (ReadOnlySpan<(Tensor, int)>)[(queries, pair / steps), (keys, pair % steps)])
            {
                if (side.NeedsGradient)
                {
                    Span<float> sum = Block(side.Gradient, (position * batch) + sequence, width);
                    TensorPrimitives.Add(sum, inner, sum);
                }
            }
        }
    }

    /// <summary>The features of one head in one sequence as a matrix [steps, F/heads] laid over a time-first tensor.</summary>
    internal static Matrix Head(Tensor tensor, ReadOnlySpan<float> values, int index, int heads) =>
        new(values[Start(tensor, index, heads)..], tensor.Shape[0], tensor.Shape[2] / heads, Stride(tensor));

    /// <summary>Where the features of one head in one sequence begin.</summary>
    internal static int Start(Tensor tensor, int index, int heads) => index * (tensor.Shape[2] / heads);

    /// <summary>Elements from one time step to the next.</summary>
    internal static int Stride(Tensor tensor) => tensor.Shape[1] * tensor.Shape[2];

    /// <summary>Makes room for gradients before several threads add to them.</summary>
    internal static void Prepare(Tape tape, params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (tensor.NeedsGradient)
            {
                tape.GradientOf(tensor);
            }
        }
    }

    /// <summary>Block <paramref name="index"/> of equal blocks.</summary>
    internal static Span<float> Block(Span<float> values, int index, int size) => values.Slice(index * size, size);

    private static void ThrowIfMisfit(Tensor queries, Tensor keys, string operation)
    {
        if (queries.Rank != 3 || keys.Rank != 3 || queries.Shape[1] != keys.Shape[1] || queries.Shape[2] != keys.Shape[2])
        {
            throw new ArgumentException($"{operation}: queries [L, B, F] and keys [S, B, F] must agree in B and F, found {queries} and {keys}", nameof(keys));
        }
    }
}
