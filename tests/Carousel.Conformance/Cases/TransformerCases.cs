using Carousel.Autograd.Operations;
using Carousel.Layers;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Conformance.Cases;

/// <summary>Multi-head attention and the encoder layer; the vectors are batch first, the layers time first. Masks: true = not allowed, PyTorch's way.</summary>
internal sealed class TransformerCases : ICaseRunner
{
    public IReadOnlyCollection<string> Kinds => ["multihead_attention", "transformer_encoder_layer"];

    public void Run(ConformanceCase vector, Comparison compare)
    {
        var run = new DifferentiableCase(vector, compare);
        if (vector.Kind == "multihead_attention")
        {
            MultiHead(vector, run);
        }
        else
        {
            Encoder(vector, run);
        }

        run.Backward();
    }

    private static void MultiHead(ConformanceCase vector, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        int size = config.Integer("embed_dim");
        var layer = new MultiHeadAttention(
            new MultiHeadAttentionConfig(size, config.Integer("num_heads"))
            {
                KeySize = config.Integer("kdim", size),
                ValueSize = config.Integer("vdim", size),
                Bias = config.Flag("bias"),
            },
            new RandomSource(0));
        run.Load(layer.Parameters());
        Tensor query = run.TimeFirst("query");
        (Tensor key, Tensor value) = config.Flag("self_attention") ? (query, query) : (run.TimeFirst("key"), run.TimeFirst("value"));
        (Tensor output, Tensor weights) = layer.Forward(run.Tape, query, key, value, Mask(vector, "key_padding_mask", "attn_mask"));
        run.Output("output", run.Tape.Swap(output, 0, 1));
        run.Output("weights", weights);
    }

    private static void Encoder(ConformanceCase vector, DifferentiableCase run)
    {
        CaseSettings config = vector.Config;
        var layer = new EncoderLayer(
            new EncoderLayerConfig(config.Integer("d_model"), config.Integer("nhead"), config.Integer("dim_feedforward"))
            {
                Activation = Enum.Parse<EncoderActivation>(config.Text("activation"), ignoreCase: true),
                NormFirst = config.Flag("norm_first"),
                Epsilon = (float)config.Number("layer_norm_eps"),
                Causal = config.Flag("causal"),
            },
            new RandomSource(0));
        run.Load(layer.Parameters());
        Tensor output = layer.Forward(run.Tape, run.TimeFirst("x"), Mask(vector, "src_key_padding_mask", "src_mask"));
        run.Output("output", run.Tape.Swap(output, 0, 1));
    }

    private static AttentionMask Mask(ConformanceCase vector, string keys, string pairs) =>
        new() { Keys = Allowed(vector.InputOrNull(keys)), Pairs = Allowed(vector.InputOrNull(pairs)), Causal = vector.Config.Flag("causal", false) };

    private static bool[]? Allowed(CaseTensor? forbidden) => forbidden is null ? null : Array.ConvertAll(forbidden.ToFlags(), flag => !flag);
}
