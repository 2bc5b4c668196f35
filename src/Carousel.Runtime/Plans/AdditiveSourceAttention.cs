using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>score = v·tanh(W_q·q + W_k·k + b); out come the soft-max-weighted sums of the keys (Bahdanau et al. 2015).</summary>
internal sealed class AdditiveSourceAttention : SourceAttention
{
    private readonly ProductStep _query, _key;
    private readonly float[] _v;

    /// <summary>Packs the weights.</summary>
    public AdditiveSourceAttention(AdditiveAttentionConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        KeyWidth = config.KeySize;
        _query = new ProductStep(kernels, weights.Format, config.AttentionSize, weights.Matrix("weight_query"), null);
        _key = new ProductStep(kernels, weights.Format, config.AttentionSize, weights.Matrix("weight_key"), config.Bias ? weights["bias"] : null);
        _v = weights["v"];
        layout.Scratch(Math.Max(_query.TileLength, _key.TileLength));
    }

    public override int KeyWidth { get; }

    public override int OutputWidth => KeyWidth;

    public override long WeightBytes => _query.WeightBytes + _key.WeightBytes;

    public override void Run(Frame frame, Rows queries, int length, Rows keys, int steps, bool causal, Rows output)
    {
        var projected = new SequenceBuffer(steps, _key.Outputs);
        var asked = new SequenceBuffer(length, _query.Outputs);
        _key.RunSequence(frame, keys, projected.Rows, steps);
        _query.RunSequence(frame, queries, asked.Rows, length);
        float[] all = new float[checked(Math.Min(Block, length) * steps)];
        for (int first = 0; first < length; first += Block)
        {
            int count = Math.Min(Block, length - first);
            Span<float> scores = all.AsSpan(0, count * steps);
            AdditiveScores(asked.Rows.From(first), projected.Rows, steps, _v, scores);
            Softmax(scores, first, steps, causal);
            Kernels.Multiply(new Matrix(scores, count, steps), keys.Matrix(steps, KeyWidth), output.From(first).Values(count, KeyWidth), (int)output.Stride, accumulate: false, Workers.Single);
        }

        GC.KeepAlive(projected);
        GC.KeepAlive(asked);
    }
}
