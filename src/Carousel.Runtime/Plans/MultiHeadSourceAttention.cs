using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>Per head softmax(Q·Kᵀ / √(E / heads))·V, heads joined and projected (Vaswani et al. 2017).</summary>
internal sealed class MultiHeadSourceAttention : SourceAttention
{
    private readonly MultiHeadAttentionConfig _config;
    private readonly ProductStep _query, _key, _value, _output;

    /// <summary>Packs the weights.</summary>
    public MultiHeadSourceAttention(MultiHeadAttentionConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        _config = config;
        int size = config.EmbeddingSize;
        float[] bias = config.Bias ? weights["in_proj_bias"] : [];
        if (config.HasJointProjection)
        {
            ReadOnlySpan<float> joint = weights.Matrix("in_proj_weight");
            int part = size * size;
            (_query, _key, _value) = (Projection(joint[..part], 0), Projection(joint.Slice(part, part), 1), Projection(joint[(2 * part)..], 2));
        }
        else
        {
            (_query, _key, _value) = (Projection(weights.Matrix("q_proj_weight"), 0), Projection(weights.Matrix("k_proj_weight"), 1), Projection(weights.Matrix("v_proj_weight"), 2));
        }

        PlanWeights output = weights.Of("out_proj");
        _output = new ProductStep(kernels, weights.Format, size, output.Matrix("weight"), config.Bias ? output["bias"] : null);
        layout.Scratch(Math.Max(Math.Max(_query.TileLength, _output.TileLength), Math.Max(_key.TileLength, _value.TileLength)));

        ProductStep Projection(ReadOnlySpan<float> weight, int part) =>
            new(kernels, weights.Format, size, weight, config.Bias ? bias[(part * size)..((part + 1) * size)] : null);
    }

    public override int KeyWidth => _key.Inputs;

    public override int OutputWidth => _config.EmbeddingSize;

    public override long WeightBytes => _query.WeightBytes + _key.WeightBytes + _value.WeightBytes + _output.WeightBytes;

    public override void Run(Frame frame, Rows queries, int length, Rows keys, int steps, bool causal, Rows output)
    {
        SequenceBuffer asked = Project(frame, _query, queries, length), offered = Project(frame, _key, keys, steps), read = Project(frame, _value, keys, steps);
        var attended = new SequenceBuffer(length, OutputWidth);
        int width = OutputWidth / _config.Heads;
        float scale = MathF.Sqrt((float)_config.Heads / OutputWidth);
        float[] all = new float[checked(Math.Min(Block, length) * steps)];
        for (int head = 0; head < _config.Heads; head++)
        {
            int column = head * width;
            for (int first = 0; first < length; first += Block)
            {
                int count = Math.Min(Block, length - first);
                Span<float> scores = all.AsSpan(0, count * steps);
                Kernels.Multiply(asked.Rows.From(first).Matrix(count, width, column), offered.Rows.Matrix(steps, width, column).Transposed, scores, steps, accumulate: false, Workers.Single);
                RowArithmetic.Scale(scores, scale);
                Softmax(scores, first, steps, causal);
                Rows to = attended.Rows.From(first);
                Kernels.Multiply(new Matrix(scores, count, steps), read.Rows.Matrix(steps, width, column), to.Values(count, width, column), (int)to.Stride, accumulate: false, Workers.Single);
            }
        }

        _output.RunSequence(frame, attended.Rows, output, length);
        GC.KeepAlive(asked);
        GC.KeepAlive(offered);
        GC.KeepAlive(read);
        GC.KeepAlive(attended);
    }

    private static SequenceBuffer Project(Frame frame, ProductStep product, Rows rows, int count)
    {
        var projected = new SequenceBuffer(count, product.Outputs);
        product.RunSequence(frame, rows, projected.Rows, count);
        return projected;
    }
}
