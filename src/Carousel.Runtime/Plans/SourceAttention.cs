using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>Rows of queries that attend to the rows of a source, which may be themselves. Sums run in the order of training, so the bits are the same.</summary>
/// <param name="kernels">The arithmetic.</param>
internal abstract class SourceAttention(KernelSet kernels)
{
    /// <summary>Queries whose scores are held at one time: memory grows with the source, not with its square.</summary>
    protected const int Block = 64;

    /// <summary>Features of a row of the source.</summary>
    public abstract int KeyWidth { get; }

    /// <summary>Features coming out for each query.</summary>
    public abstract int OutputWidth { get; }

    /// <summary>Bytes of the weights.</summary>
    public abstract long WeightBytes { get; }

    /// <summary>The arithmetic.</summary>
    protected KernelSet Kernels { get; } = kernels;

    /// <summary>The attention that a config describes, or null when it describes something else.</summary>
    public static SourceAttention? Of(LayerConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels) => config switch
    {
        AdditiveAttentionConfig additive => new AdditiveSourceAttention(additive, weights, layout, kernels),
        LuongAttentionConfig luong => new LuongSourceAttention(luong, weights, layout, kernels),
        MultiHeadAttentionConfig heads => new MultiHeadSourceAttention(heads, weights, layout, kernels),
        _ => null,
    };

    /// <summary>Attends.</summary>
    /// <param name="frame">Scratch memory for one row.</param>
    /// <param name="queries">[L, queries]</param>
    /// <param name="length">L</param>
    /// <param name="keys">[S, <see cref="KeyWidth"/>], also what is read.</param>
    /// <param name="steps">S, 1 or more.</param>
    /// <param name="causal">True when query t may read rows 0 … t only.</param>
    /// <param name="output">[L, <see cref="OutputWidth"/>], written; not an input.</param>
    public abstract void Run(Frame frame, Rows queries, int length, Rows keys, int steps, bool causal, Rows output);

    /// <summary>Turns scores into weights, row by row.</summary>
    /// <param name="scores">[count, S]</param>
    /// <param name="first">The query of the first row.</param>
    /// <param name="steps">S</param>
    /// <param name="causal">True to give later rows than the query's own the weight 0.</param>
    protected void Softmax(Span<float> scores, int first, int steps, bool causal)
    {
        for (int at = 0; at < scores.Length; at += steps, first++)
        {
            Span<float> row = scores.Slice(at, steps);
            if (causal && first + 1 < steps)
            {
                row[(first + 1)..].Fill(float.NegativeInfinity);
            }

            Kernels.Softmax(row, row);
        }
    }

    /// <summary>v·tanh(q + k) for queries and keys of one width.</summary>
    /// <param name="queries">[count, A]</param>
    /// <param name="keys">[S, A]</param>
    /// <param name="steps">S</param>
    /// <param name="v">[A]</param>
    /// <param name="scores">[count, S], written.</param>
    protected void AdditiveScores(Rows queries, Rows keys, int steps, float[] v, Span<float> scores)
    {
        Span<float> inner = new float[v.Length];
        for (int at = 0; at < scores.Length; at++)
        {
            RowArithmetic.Add(queries.Row(at / steps, v.Length), keys.Row(at % steps, v.Length), inner);
            Kernels.Tanh(inner, inner);
            scores[at] = Kernels.Dot(inner, v);
        }
    }
}
