using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>Soft-max-weighted sum c of the keys by one of three scores, then tanh(W_c·[c; q]) (Luong et al. 2015).</summary>
/// <param name="QuerySize">Features of a query, and so of the result; 1 or more.</param>
/// <param name="KeySize">Features of a key; 1 or more, equal to the query's for the dot score.</param>
public sealed record LuongAttentionConfig(int QuerySize, int KeySize) : LayerConfig
{
    /// <summary>How query and key are compared.</summary>
    /// <value>general</value>
    public LuongScore Score { get; init; } = LuongScore.General;

    /// <summary>Width of the concat score's tanh layer; 0 for the query's size. Concat only.</summary>
    /// <value>0</value>
    public int AttentionSize { get; init; }

    /// <summary>Features of a query.</summary>
    public override int InputFeatures => QuerySize;

    /// <summary>Features of the attentional vector: those of a query.</summary>
    public override int OutputFeatures => QuerySize;

    /// <inheritdoc/>
    public override LayerConfig WithInput(int features) => this with { QuerySize = features };

    /// <inheritdoc/>
    internal override LayerConfig With(RecordReader json) => this with
    {
        QuerySize = json.Get(QuerySize),
        KeySize = json.Get(KeySize),
        Score = json.Get(Score),
        AttentionSize = json.Get(AttentionSize),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems().Size(QuerySize).Size(KeySize).Named(Score).Range(AttentionSize, 0, 1 << 24)
        .Unless(Score != LuongScore.Dot || QuerySize == KeySize, $"key_size is {KeySize}, expected query_size {QuerySize} for the dot score");

    /// <summary>general: weight_a [query, key]; concat: weight_a [A, query + key], v [A]; always weight_c [query, key + query].</summary>
    public override IEnumerable<ParameterSpec> Parameters()
    {
        int attention = AttentionSize > 0 ? AttentionSize : QuerySize;
        if (Score == LuongScore.General)
        {
            yield return new("weight_a", [QuerySize, KeySize]);
        }
        else if (Score == LuongScore.Concat)
        {
            yield return new("weight_a", [attention, QuerySize + KeySize]);
            yield return new("v", [attention]);
        }

        yield return new("weight_c", [QuerySize, KeySize + QuerySize]);
    }
}
