using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Conformance.Cases;

/// <summary>Attention of a query sequence to a key sequence; the vectors are batch first, the layers time first. Masks: true = may be attended.</summary>
internal sealed class AttentionCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["bahdanau_attention", "luong_attention", "scaled_dot_product_attention"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        var run = new DifferentiableCase(vector, compare);
        switch (vector.Kind)
        {
            case "bahdanau_attention":
                Bahdanau(vector, run);
                break;
            case "luong_attention":
                Luong(vector, run);
                break;
            default:
                ScaledDotProduct(vector, run);
                break;
        }

        run.Backward();
    }

    private static void Bahdanau(ConformanceCase vector, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        var layer = new AdditiveAttention(
            new AdditiveAttentionConfig(config.Integer("query_dim"), config.Integer("key_dim"), config.Integer("attention_dim")) { Bias = config.Flag("bias") },
            new RandomSource(0));
        run.Load(layer.Parameters());
        (Tensor context, Tensor weights) = layer.Forward(run.Tape, run.TimeFirst("query"), layer.Remember(run.Tape, run.TimeFirst("keys"), KeyMask(vector)));
        run.Output("weights", weights);
        run.Output("context", run.Tape.Swap(context, 0, 1));
    }

    private static void Luong(ConformanceCase vector, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        var layer = new LuongAttention(
            new LuongAttentionConfig(config.Integer("query_dim"), config.Integer("key_dim"))
            {
                Score = Enum.Parse<LuongScore>(config.Text("score"), ignoreCase: true),
                AttentionSize = config.Integer("attention_dim", 0),
            },
            new RandomSource(0));
        run.Load(layer.Parameters());
        (Tensor attentional, Tensor context, Tensor weights) = layer.Forward(run.Tape, run.TimeFirst("query"), layer.Remember(run.Tape, run.TimeFirst("keys"), KeyMask(vector)));
        run.Output("weights", weights);
        run.Output("context", run.Tape.Swap(context, 0, 1));
        run.Output("attentional", run.Tape.Swap(attentional, 0, 1));
    }

    private static void ScaledDotProduct(ConformanceCase vector, DifferentiableCase run)
    {
        AttentionMask? mask = vector.InputOrNull("mask") is { } pairs ? new AttentionMask { Pairs = pairs.ToFlags() } : null;
        (Tensor output, Tensor weights) = run.Tape.ScaledDotProduct(run.TimeFirst("query"), run.TimeFirst("key"), run.TimeFirst("value"), mask);
        run.Output("weights", weights);
        run.Output("output", run.Tape.Swap(output, 0, 1));
    }

    private static AttentionMask? KeyMask(ConformanceCase vector) => vector.InputOrNull("mask") is { } keys ? new AttentionMask { Keys = keys.ToFlags() } : null;
}
