using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>Per head softmax(Q·Kᵀ / √(E / heads))·V, heads joined and projected (Vaswani et al. 2017), as PyTorch's nn.MultiheadAttention.</summary>
/// <param name="EmbeddingSize">E, features of queries and of the result; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Heads">Number of heads; 1 or more.</param>
public sealed record MultiHeadAttentionConfig(int EmbeddingSize, int Heads) : LayerConfig
{
    /// <summary>Features of a key; 0 for those of a query.</summary>
    /// <value>0</value>
    public int KeySize { get; init; }

    /// <summary>Features of a value; 0 for those of a query.</summary>
    /// <value>0</value>
    public int ValueSize { get; init; }

    /// <summary>True to add biases to all four projections.</summary>
    /// <value>true</value>
    public bool Bias { get; init; } = true;

    /// <summary>Share of attention weights set to zero while training, 0 ≤ p &lt; 1.</summary>
    /// <value>0</value>
    public float Dropout { get; init; }

    /// <inheritdoc/>
    public override int InputFeatures => EmbeddingSize;

    /// <inheritdoc/>
    public override int OutputFeatures => EmbeddingSize;

    /// <summary>True when keys, values and queries have one size and their projections one tensor.</summary>
    public bool HasJointProjection => KeySizeOrDefault == EmbeddingSize && ValueSizeOrDefault == EmbeddingSize;

    private int KeySizeOrDefault => KeySize > 0 ? KeySize : EmbeddingSize;

    private int ValueSizeOrDefault => ValueSize > 0 ? ValueSize : EmbeddingSize;

    /// <inheritdoc/>
    public override LayerConfig WithInput(int features) => this with { EmbeddingSize = features };

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with
    {
        EmbeddingSize = json.Get(EmbeddingSize),
        Heads = json.Get(Heads),
        KeySize = json.Get(KeySize),
        ValueSize = json.Get(ValueSize),
        Bias = json.Get(Bias),
        Dropout = json.Get(Dropout),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems()
        .Size(EmbeddingSize).Size(Heads).Range(KeySize, 0, 1 << 24).Range(ValueSize, 0, 1 << 24).Rate(Dropout)
        .Unless(Heads < 1 || EmbeddingSize % Heads == 0, $"heads is {Heads}, expected a divisor of embedding_size {EmbeddingSize}");

    /// <summary>in_proj_weight [3E, E] (or q_proj_weight, k_proj_weight, v_proj_weight), in_proj_bias [3E], out_proj.weight [E, E], out_proj.bias [E].</summary>
    public override IEnumerable<ParameterSpec> Parameters()
    {
        if (HasJointProjection)
        {
            yield return new("in_proj_weight", [3 * EmbeddingSize, EmbeddingSize]);
        }
        else
        {
            yield return new("q_proj_weight", [EmbeddingSize, EmbeddingSize]);
            yield return new("k_proj_weight", [EmbeddingSize, KeySizeOrDefault]);
            yield return new("v_proj_weight", [EmbeddingSize, ValueSizeOrDefault]);
        }

        if (Bias)
        {
            yield return new("in_proj_bias", [3 * EmbeddingSize]);
        }

        yield return new("out_proj.weight", [EmbeddingSize, EmbeddingSize]);
        if (Bias)
        {
            yield return new("out_proj.bias", [EmbeddingSize]);
        }
    }
}
