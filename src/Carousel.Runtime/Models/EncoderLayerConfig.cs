using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>Self-attention and a feed-forward part, each with a residual and a normalisation (Vaswani et al. 2017), as PyTorch's nn.TransformerEncoderLayer.</summary>
/// <param name="ModelSize">E, features going in and coming out; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Heads">Number of attention heads; 1 or more.</param>
/// <param name="FeedForwardSize">Width of the feed-forward part; 1 or more.</param>
public sealed record EncoderLayerConfig(int ModelSize, int Heads, int FeedForwardSize) : LayerConfig
{
    /// <summary>The feed-forward part's non-linearity.</summary>
    /// <value>relu</value>
    public EncoderActivation Activation { get; init; } = EncoderActivation.Relu;

    /// <summary>True to normalise before each part, false to normalise after its residual.</summary>
    /// <value>false</value>
    public bool NormFirst { get; init; }

    /// <summary>ε of both normalisations; above 0.</summary>
    /// <value>1e-5</value>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Share of values set to zero in each part while training, 0 ≤ p &lt; 1.</summary>
    /// <value>0.1</value>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>True when a time step may not look at later ones.</summary>
    /// <value>false</value>
    public bool Causal { get; init; }

    /// <inheritdoc/>
    public override int InputFeatures => ModelSize;

    /// <inheritdoc/>
    public override int OutputFeatures => ModelSize;

    /// <summary>The attention within.</summary>
    public MultiHeadAttentionConfig Attention => new(ModelSize, Heads) { Dropout = Dropout };

    /// <inheritdoc/>
    public override LayerConfig WithInput(int features) => this with { ModelSize = features };

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with
    {
        ModelSize = json.Get(ModelSize),
        Heads = json.Get(Heads),
        FeedForwardSize = json.Get(FeedForwardSize),
        Activation = json.Get(Activation),
        NormFirst = json.Get(NormFirst),
        Epsilon = json.Get(Epsilon),
        Dropout = json.Get(Dropout),
        Causal = json.Get(Causal),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems()
        .Size(ModelSize).Size(Heads).Size(FeedForwardSize).Named(Activation).Positive(Epsilon).Rate(Dropout)
        .Unless(Heads < 1 || ModelSize % Heads == 0, $"heads is {Heads}, expected a divisor of model_size {ModelSize}");

    /// <summary>self_attn.*, linear1.*, linear2.*, norm1.*, norm2.* as in PyTorch.</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
    [
        .. Attention.Parameters().Select(parameter => parameter.Within("self_attn")),
        new("linear1.weight", [FeedForwardSize, ModelSize]),
        new("linear1.bias", [FeedForwardSize]),
        new("linear2.weight", [ModelSize, FeedForwardSize]),
        new("linear2.bias", [ModelSize]),
        new("norm1.weight", [ModelSize]),
        new("norm1.bias", [ModelSize]),
        new("norm2.weight", [ModelSize]),
        new("norm2.bias", [ModelSize]),
    ];
}
