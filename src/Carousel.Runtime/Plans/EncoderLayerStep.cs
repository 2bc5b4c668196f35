using Carousel.Runtime.Kernels;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Plans;

/// <summary>
/// A Transformer encoder layer (Vaswani et al. 2017). With a(x) the self-attention and f(x) = W₂·act(W₁·x + b₁) + b₂: norm₂(y + f(y)) of y = norm₁(x + a(x)), or,
/// normalised first, y + f(norm₂(y)) of y = x + a(norm₁(x)).
/// </summary>
internal sealed class EncoderLayerStep : SequenceStep
{
    private readonly EncoderLayerConfig _config;
    private readonly SourceAttention _attention;
    private readonly ProductStep _widen, _narrow;
    private readonly (float[] Gamma, float[] Beta) _first, _second;

    /// <summary>Packs the weights.</summary>
    public EncoderLayerStep(EncoderLayerConfig config, PlanWeights weights, PlanLayout layout, KernelSet kernels)
        : base(kernels)
    {
        _config = config;
        _attention = new MultiHeadSourceAttention(config.Attention, weights.Of("self_attn"), layout, kernels);
        _widen = Product("linear1", config.FeedForwardSize);
        _narrow = Product("linear2", config.ModelSize);
        (_first, _second) = (Norm("norm1"), Norm("norm2"));
        layout.Scratch(config.FeedForwardSize, config.ModelSize, Math.Max(_widen.TileLength, _narrow.TileLength));

        ProductStep Product(string part, int outputs) => new(kernels, weights.Format, outputs, weights.Of(part).Matrix("weight"), weights.Of(part)["bias"]);
        (float[] Gamma, float[] Beta) Norm(string part) => (weights.Of(part)["weight"], weights.Of(part)["bias"]);
    }

    public override int OutputWidth => _config.ModelSize;

    public override long WeightBytes => _attention.WeightBytes + _widen.WeightBytes + _narrow.WeightBytes;

    public override void RunSequence(Frame frame, Rows input, Rows output, int steps)
    {
        var sum = new SequenceBuffer(steps, OutputWidth);
        if (_config.NormFirst)
        {
            // The output is free until its rows are made.
            Normalise(input, _first, output, steps);
            _attention.Run(frame, output, steps, output, steps, _config.Causal, sum.Rows);
            Add(input, sum.Rows, steps);
            Normalise(sum.Rows, _second, output, steps);
            FeedForward(frame, output, output, steps);
            Add(sum.Rows, output, steps);
        }
        else
        {
            _attention.Run(frame, input, steps, input, steps, _config.Causal, sum.Rows);
            Add(input, sum.Rows, steps);
            Normalise(sum.Rows, _first, sum.Rows, steps);
            FeedForward(frame, sum.Rows, output, steps);
            Add(sum.Rows, output, steps);
            Normalise(output, _second, output, steps);
        }

        output.Flush(Kernels.Steps, steps);
        GC.KeepAlive(sum);
    }

    private void FeedForward(Frame frame, Rows x, Rows y, int steps)
    {
        Rows wide = frame.Take(_config.FeedForwardSize), narrow = frame.Take(OutputWidth);
        Span<float> inner = wide.Row(0, _config.FeedForwardSize);
        for (int step = 0; step < steps; step++)
        {
            _widen.Run(frame, x.From(step), wide);
            foreach (ref float value in inner)
            {
                value = _config.Activation == EncoderActivation.Gelu ? value * ErrorFunction.NormalDistribution(value) : MathF.Max(value, 0);
            }

            _narrow.Run(frame, wide, narrow);
            narrow.Row(0, OutputWidth).CopyTo(y.Row(step, OutputWidth));
        }
    }

    private void Normalise(Rows x, (float[] Gamma, float[] Beta) norm, Rows y, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            RowArithmetic.Normalise(Kernels, x.Row(step, OutputWidth), norm.Gamma, norm.Beta, _config.Epsilon, y.Row(step, OutputWidth));
        }
    }

    // y = x + y
    private void Add(Rows x, Rows y, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            RowArithmetic.Add(x.Row(step, OutputWidth), y.Row(step, OutputWidth), y.Row(step, OutputWidth));
        }
    }
}
