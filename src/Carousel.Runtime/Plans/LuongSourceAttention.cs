using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>tanh(W_c·[c; q]) with c the soft-max-weighted sum of the keys by the dot, general or concat score (Luong et al. 2015).</summary>
internal sealed class LuongSourceAttention : SourceAttention
{
    private readonly LuongAttentionConfig _config;

    // What keys and queries go through before they are compared; null where they are compared as they are.
    private readonly ProductStep? _key, _query;
    private readonly ProductStep _output;
    private readonly float[] _v = [];

    /// <summary>Packs the weights.</summary>
    public LuongSourceAttention(LuongAttentionConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        _config = config;
        if (config.Score == LuongScore.General)
        {
            _key = new ProductStep(kernels, weights.Format, config.QuerySize, weights.Matrix("weight_a"), null);
        }
        else if (config.Score == LuongScore.Concat)
        {
            _v = weights["v"];
            ReadOnlySpan<float> joint = weights.Matrix("weight_a");
            _query = new ProductStep(kernels, weights.Format, _v.Length, Columns(joint, 0, config.QuerySize), null);
            _key = new ProductStep(kernels, weights.Format, _v.Length, Columns(joint, config.QuerySize, config.KeySize), null);
        }

        _output = new ProductStep(kernels, weights.Format, config.QuerySize, weights.Matrix("weight_c"), null);
        layout.Scratch(config.KeySize + config.QuerySize, Math.Max(_output.TileLength, Math.Max(_key?.TileLength ?? 0, _query?.TileLength ?? 0)));
    }

    public override int KeyWidth => _config.KeySize;

    public override int OutputWidth => _config.QuerySize;

    public override long WeightBytes => _output.WeightBytes + (_key?.WeightBytes ?? 0) + (_query?.WeightBytes ?? 0);

    public override void Run(Frame frame, Rows queries, int length, Rows keys, int steps, bool causal, Rows output)
    {
        SequenceBuffer? projected = Project(frame, _key, keys, steps), asked = Project(frame, _query, queries, length);
        Rows compared = projected?.Rows ?? keys;
        var contexts = new SequenceBuffer(Math.Min(Block, length), KeyWidth);
        float[] all = new float[checked(Math.Min(Block, length) * steps)];
        for (int first = 0; first < length; first += Block)
        {
            int count = Math.Min(Block, length - first);
            Span<float> scores = all.AsSpan(0, count * steps);
            if (asked is null)
            {
                Kernels.Multiply(queries.From(first).Matrix(count, OutputWidth), compared.Matrix(steps, OutputWidth).Transposed, scores, steps, accumulate: false, Workers.Single);
            }
            else
            {
                AdditiveScores(asked.Rows.From(first), compared, steps, _v, scores);
            }

            Softmax(scores, first, steps, causal);
            Kernels.Multiply(new Matrix(scores, count, steps), keys.Matrix(steps, KeyWidth), contexts.Rows.Values(count, KeyWidth), (int)contexts.Rows.Stride, accumulate: false, Workers.Single);
            for (int row = 0; row < count; row++)
            {
                Join(frame, contexts.Rows.Row(row, KeyWidth), queries.Row(first + row, OutputWidth), output.From(first + row));
            }
        }

        GC.KeepAlive(projected);
        GC.KeepAlive(asked);
        GC.KeepAlive(contexts);
    }

    // tanh(W_c·[c; q])
    private void Join(Frame frame, ReadOnlySpan<float> context, ReadOnlySpan<float> query, Rows output)
    {
        Rows joint = frame.Take(KeyWidth + OutputWidth);
        joint.Clear(1);
        context.CopyTo(joint.Row(0, KeyWidth));
        query.CopyTo(joint.Row(0, KeyWidth + OutputWidth)[KeyWidth..]);
        _output.Run(frame, joint, output);
        Kernels.Tanh(output.Row(0, OutputWidth), output.Row(0, OutputWidth));
    }

    private static SequenceBuffer? Project(Frame frame, ProductStep? product, Rows rows, int count)
    {
        if (product is null)
        {
            return null;
        }

        var projected = new SequenceBuffer(count, product.Outputs);
        product.RunSequence(frame, rows, projected.Rows, count);
        return projected;
    }

    private float[] Columns(ReadOnlySpan<float> matrix, int first, int count)
    {
        int width = _config.QuerySize + _config.KeySize;
        float[] columns = new float[matrix.Length / width * count];
        for (int row = 0; row < matrix.Length / width; row++)
        {
            matrix.Slice((row * width) + first, count).CopyTo(columns.AsSpan(row * count));
        }

        return columns;
    }
}
