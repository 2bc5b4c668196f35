using System.Text.Json.Serialization;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// What a language model is: a token in, the probability of every token of the vocabulary to come next out. Its file holds the <see cref="Tokenizer"/> too.
/// </summary>
/// <remarks>
/// Ids [T, B] → embedding [T, B, E] → dropout → LSTM [T, B, H] → dropout → linear [T, B, V] → softmax (Mikolov et al. 2010; with LSTM and dropout Zaremba et al. 2014).
/// </remarks>
public sealed record LanguageModelConfig : ModelConfig
{
    /// <summary>V, tokens of the vocabulary; 1 or more.</summary>
    /// <value>1</value>
    public int VocabularySize { get; init; } = 1;

    /// <summary>E, features of a token's row in the embedding; 1 or more.</summary>
    /// <value>200</value>
    public int EmbeddingSize { get; init; } = 200;

    /// <summary>The recurrent layers: one direction, input <see cref="EmbeddingSize"/>. Their own dropout acts between them.</summary>
    /// <value>Two layers of 200 units.</value>
    public LstmConfig Network { get; init; } = new(200, 200) { Layers = 2 };

    /// <summary>Share of features set to zero after the embedding and before the output layer while training, 0 ≤ p &lt; 1.</summary>
    /// <value>0</value>
    public float Dropout { get; init; }

    /// <summary>True to use the embedding as the weight of the output layer too (Press &amp; Wolf 2017); needs E = the LSTM's output width.</summary>
    /// <value>false</value>
    public bool Tied { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Task => "lm";

    /// <summary>The embedding; its tensor is <c>embedding.weight</c>.</summary>
    public EmbeddingConfig Embedding => new(VocabularySize, EmbeddingSize);

    /// <summary>The output layer; its tensors are <c>head.weight</c>, unless tied, and <c>head.bias</c>.</summary>
    public LinearConfig Head => new(Network.OutputFeatures, VocabularySize);

    /// <inheritdoc/>
    internal override ModelConfig With(RecordReader json) => this with
    {
        VocabularySize = json.Get(VocabularySize),
        EmbeddingSize = json.Get(EmbeddingSize),
        Network = json.Get(Network, static part => (LstmConfig)new LstmConfig(0, 0).With(part)),
        Dropout = json.Get(Dropout),
        Tied = json.Get(Tied),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() => new Problems()
        .Size(VocabularySize).Size(EmbeddingSize).Rate(Dropout)
        .Within("network", Network.Validate())
        .Unless(Network.InputSize == EmbeddingSize, $"network.input_size is {Network.InputSize}, expected embedding_size {EmbeddingSize}")
        .Unless(!Network.Bidirectional, "network.bidirectional is true, but a language model must not see what comes next")
        .Unless(!Tied || Network.OutputFeatures == EmbeddingSize, $"tied is true, which needs embedding_size {EmbeddingSize} to be the width of the network's output, {Network.OutputFeatures}");

    /// <summary>embedding.weight [V, E], network.*, head.weight [V, H] unless tied, head.bias [V].</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
    [
        .. Embedding.Parameters().Select(parameter => parameter.Within("embedding")),
        .. Network.Parameters().Select(parameter => parameter.Within("network")),
        .. Head.Parameters().Where(parameter => !Tied || parameter.Name != "weight").Select(parameter => parameter.Within("head")),
    ];

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateScaler(StandardScaler? scaler) => new Problems().Unless(scaler is null, "scaler is there, but a language model scales nothing");

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateTokenizers(Tokenizer? tokenizer, Tokenizer? source) => tokenizer is null
        ? ["tokenizer is missing, expected that of the language model"]
        : tokenizer.Validate().Concat(new Problems()
            .Unless(tokenizer.Count == VocabularySize, $"tokenizer has {tokenizer.Count} tokens, expected vocabulary_size {VocabularySize}")
            .Unless(source is null, "source tokenizer is there, but a language model reads what it writes"));
}
