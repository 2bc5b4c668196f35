using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>score(q, k) = v·tanh(W_q·q + W_k·k [+ b]); the context is the soft-max-weighted sum of the keys (Bahdanau et al. 2015).</summary>
/// <param name="QuerySize">Features of a query; 1 or more.</param>
/// <param name="KeySize">Features of a key, and so of the context; 1 or more.</param>
/// <param name="AttentionSize">Width of the tanh layer; 1 or more.</param>
public sealed record AdditiveAttentionConfig(int QuerySize, int KeySize, int AttentionSize) : LayerConfig
{
    /// <summary>True to add b within the tanh.</summary>
    /// <value>false</value>
    public bool Bias { get; init; }

    /// <summary>Features of a query.</summary>
    public override int InputFeatures => QuerySize;

    /// <summary>Features of the context.</summary>
    public override int OutputFeatures => KeySize;

    /// <inheritdoc/>
    public override LayerConfig WithInput(int features) => this with { QuerySize = features };

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with
    {
        QuerySize = json.Get(QuerySize),
        KeySize = json.Get(KeySize),
        AttentionSize = json.Get(AttentionSize),
        Bias = json.Get(Bias),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems().Size(QuerySize).Size(KeySize).Size(AttentionSize);

    /// <summary>weight_query [A, query], weight_key [A, key], v [A] and, if there is one, bias [A].</summary>
    public override IEnumerable<ParameterSpec> Parameters()
    {
        yield return new("weight_query", [AttentionSize, QuerySize]);
        yield return new("weight_key", [AttentionSize, KeySize]);
        yield return new("v", [AttentionSize]);
        if (Bias)
        {
            yield return new("bias", [AttentionSize]);
        }
    }
}
