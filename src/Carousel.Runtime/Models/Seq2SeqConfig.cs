using System.Text.Json.Serialization;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// What a translation model is: an LSTM reads the tokens of a sentence, another one writes those of its translation. The defaults are the plain encoder–decoder of Sutskever et al.
/// (2014), in which the encoder's final state is all that the decoder knows; every switch adds one thing to it. Its file holds the tokenisers of both languages too, one where they share it.
/// </summary>
/// <remarks>
/// <para>The source is x_1 … x_n, <see cref="EndIndex"/> and so never empty: S = n + 1 steps. e is a row of the embedding of source or target, [a; b] stands for a beside b.</para>
/// <code>
/// k_1 … k_S  = encoder(e(x_1) … e(x_S))                      [S, B, K], K = <see cref="Encoder"/>.OutputFeatures, from a state of zeros
/// h_0, c_0   = the encoder's final state                      each [L, B, H]; <see cref="BridgeKind.Copy"/>
///            = tanh(bridge.weight·x + bridge.bias)            in blocks of H rows: h of layer 0, c of layer 0, h of layer 1 …
/// a_0        = 0                                              [B, A]
/// </code>
/// <para>One step of the decoder, t = 1, 2 …, with y_0 = <see cref="BeginIndex"/>, until y_t = <see cref="EndIndex"/>:</para>
/// <code>
/// u_t        = [e(y_{t−1}); a_{t−1}]                          [B, E + A]; without input feeding e(y_{t−1}) alone
/// h_t        = decoder(u_t)                                   all layers one step; h_t [B, H] is the last layer's
/// score_s    = h_t·k_s                                        luong_dot
///            = h_t·(attention.weight_a·k_s)                   luong_general; weight_a [H, K], applied to the keys once per sentence
///            = attention.v·tanh(attention.weight_query·h_t + attention.weight_key·k_s)      bahdanau; keys once per sentence
/// p          = softmax of score_1 … score_S                   the alignment; padding has weight 0
/// context_t  = Σ_s p_s·k_s                                    [B, K]
/// a_t        = tanh(attention.weight_c·[context_t; h_t])      [B, A]; without attention a_t = h_t
/// o_t        = projection.weight·a_t                          [B, E]; only where tied and A ≠ E, else o_t = a_t
/// logits     = head.weight·o_t + head.bias                    [B, V]; where tied target_embedding.weight instead of head.weight
/// </code>
/// <para>The attention is asked with the decoder's output of the same step, for all scores (Luong et al. 2015); input feeding is section 3.3 there.</para>
/// </remarks>
public sealed record Seq2SeqConfig : ModelConfig
{
    /// <summary>Tokens of the source language; 1 or more.</summary>
    /// <value>1</value>
    public int SourceVocabularySize { get; init; } = 1;

    /// <summary>V, tokens of the target language; 1 or more.</summary>
    /// <value>1</value>
    public int TargetVocabularySize { get; init; } = 1;

    /// <summary>E, features of a token's row in either embedding; 1 or more.</summary>
    /// <value>256</value>
    public int EmbeddingSize { get; init; } = 256;

    /// <summary>H, units of a layer of the decoder, and of a layer of the encoder in all its directions; 1 or more, even for an encoder in both directions.</summary>
    /// <value>512</value>
    public int HiddenSize { get; init; } = 512;

    /// <summary>L, stacked layers of the encoder and of the decoder, 1 … 1000.</summary>
    /// <value>2</value>
    public int Layers { get; init; } = 2;

    /// <summary>Share of features set to zero while training: of embeddings, between stacked layers, of what the attention looks at and of what the output layer reads; 0 ≤ p &lt; 1.</summary>
    /// <value>0.1</value>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>What the forget gates' biases of encoder and decoder start from. 1 remembers far back from the start (Jozefowicz et al. 2015); the captions of Multi30k, a dozen words each, are learnt sooner from 0.</summary>
    /// <value>1</value>
    public float ForgetBias { get; init; } = 1;

    /// <summary>The token that fills sentences up to a common length; no loss and no result depends on it.</summary>
    /// <value>0</value>
    public int PaddingIndex { get; init; }

    /// <summary>The token of the target language with which the decoder starts.</summary>
    /// <value>2</value>
    public int BeginIndex { get; init; } = 2;

    /// <summary>The token that ends a sentence, in both languages.</summary>
    /// <value>3</value>
    public int EndIndex { get; init; } = 3;

    /// <summary>True when the encoder reads in both directions, each with H/2 units.</summary>
    /// <value>false</value>
    public bool Bidirectional { get; init; }

    /// <summary>How the decoder's first state comes from the encoder.</summary>
    /// <value>copy</value>
    public BridgeKind Bridge { get; init; } = BridgeKind.Copy;

    /// <summary>How the decoder looks at the source.</summary>
    /// <value>none</value>
    public AttentionKind Attention { get; init; } = AttentionKind.None;

    /// <summary>Width of Bahdanau's tanh layer; 0 for H.</summary>
    /// <value>0</value>
    public int AttentionSize { get; init; }

    /// <summary>A, features of the attentional vector; 0 for H. Needs attention.</summary>
    /// <value>0</value>
    public int AttentionalSize { get; init; }

    /// <summary>True when the attentional vector of a step joins the input of the next one, so that the decoder knows what it has looked at. Needs attention.</summary>
    /// <value>false</value>
    public bool InputFeeding { get; init; }

    /// <summary>Which tables are one.</summary>
    /// <value>none</value>
    public TiedEmbeddings Tied { get; init; } = TiedEmbeddings.None;

    /// <summary>Tokens of the longest source that is read, without the end; a longer one is read up to here.</summary>
    /// <value>1024</value>
    public int MaxSourceLength { get; init; } = 1024;

    /// <summary>Tokens of the longest translation that is written, without the end; 1 or more.</summary>
    /// <value>1024</value>
    public int MaxTargetLength { get; init; } = 1024;

    /// <summary>The plain encoder–decoder with E = 128, H = 256, L = 1.</summary>
    public static Seq2SeqConfig Small { get; } = new() { EmbeddingSize = 128, HiddenSize = 256, Layers = 1 };

    /// <summary>The plain encoder–decoder with E = 256, H = 512, L = 2: the defaults.</summary>
    public static Seq2SeqConfig Medium { get; } = new();

    /// <summary>The plain encoder–decoder with E = 512, H = 1024, L = 4.</summary>
    public static Seq2SeqConfig Large { get; } = new() { EmbeddingSize = 512, HiddenSize = 1024, Layers = 4 };

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Task => "translate";

    /// <summary>The table of the source language; that of the target language where all are tied.</summary>
    public EmbeddingConfig SourceEmbedding => new(SourceVocabularySize, EmbeddingSize) { PaddingIndex = PaddingIndex };

    /// <summary>The table of the target language.</summary>
    public EmbeddingConfig TargetEmbedding => new(TargetVocabularySize, EmbeddingSize) { PaddingIndex = PaddingIndex };

    /// <summary>What reads; its outputs have K features, H.</summary>
    public LstmConfig Encoder => new(EmbeddingSize, Bidirectional ? HiddenSize / 2 : HiddenSize) { Layers = Layers, Bidirectional = Bidirectional, Dropout = Dropout, ForgetBias = ForgetBias };

    /// <summary>What writes.</summary>
    public LstmConfig Decoder => new(EmbeddingSize + (InputFeeding ? Attentional : 0), HiddenSize) { Layers = Layers, Dropout = Dropout, ForgetBias = ForgetBias };

    /// <summary>A, features of the attentional vector, or of the decoder's output where there is no attention.</summary>
    public int Attentional => AttentionalSize > 0 ? AttentionalSize : HiddenSize;

    /// <summary>True when a projection to the width of the tied table stands before it.</summary>
    public bool Projects => Tied != TiedEmbeddings.None && Attentional != EmbeddingSize;

    /// <summary>The linear layer of a learned bridge: <c>bridge.weight</c> [2·L·H, K] and <c>bridge.bias</c>.</summary>
    public LinearConfig BridgeLayer => new(Encoder.OutputFeatures, 2 * Layers * HiddenSize);

    /// <summary>The output layer: <c>head.weight</c> [V, A], [V, E] where tied, and <c>head.bias</c>.</summary>
    public LinearConfig Head => new(Projects ? EmbeddingSize : Attentional, TargetVocabularySize);

    /// <inheritdoc/>
    internal override ModelConfig With(RecordReader json) => this with
    {
        SourceVocabularySize = json.Get(SourceVocabularySize),
        TargetVocabularySize = json.Get(TargetVocabularySize),
        EmbeddingSize = json.Get(EmbeddingSize),
        HiddenSize = json.Get(HiddenSize),
        Layers = json.Get(Layers),
        Dropout = json.Get(Dropout),
        ForgetBias = json.Get(ForgetBias),
        PaddingIndex = json.Get(PaddingIndex),
        BeginIndex = json.Get(BeginIndex),
        EndIndex = json.Get(EndIndex),
        Bidirectional = json.Get(Bidirectional),
        Bridge = json.Get(Bridge),
        Attention = json.Get(Attention),
        AttentionSize = json.Get(AttentionSize),
        AttentionalSize = json.Get(AttentionalSize),
        InputFeeding = json.Get(InputFeeding),
        Tied = json.Get(Tied),
        MaxSourceLength = json.Get(MaxSourceLength),
        MaxTargetLength = json.Get(MaxTargetLength),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        bool attends = Attention != AttentionKind.None;
        return new Problems()
            .Size(SourceVocabularySize).Size(TargetVocabularySize).Size(EmbeddingSize).Size(HiddenSize).Depth(Layers).Rate(Dropout).Finite(ForgetBias)
            .Index(PaddingIndex, Math.Min(SourceVocabularySize, TargetVocabularySize))
            .Index(BeginIndex, TargetVocabularySize)
            .Index(EndIndex, Math.Min(SourceVocabularySize, TargetVocabularySize))
            .Unless(PaddingIndex != BeginIndex && BeginIndex != EndIndex && EndIndex != PaddingIndex, $"padding_index {PaddingIndex}, begin_index {BeginIndex} and end_index {EndIndex} must differ")
            .Unless(!Bidirectional || HiddenSize % 2 == 0, $"hidden_size is {HiddenSize}, expected an even number, since bidirectional gives each direction half")
            .Named(Bridge).Named(Attention).Named(Tied)
            .Range(AttentionSize, 0, 1 << 24).Range(AttentionalSize, 0, 1 << 24)
            .Unless(AttentionSize == 0 || Attention == AttentionKind.Bahdanau, $"attention_size is {AttentionSize}, expected 0 unless attention is bahdanau")
            .Unless(AttentionalSize == 0 || attends, $"attentional_size is {AttentionalSize}, expected 0 when attention is none")
            .Unless(!InputFeeding || attends, "input_feeding is true, but attention is none, so there is nothing to feed")
            .Unless(Tied != TiedEmbeddings.All || SourceVocabularySize == TargetVocabularySize,
                $"tied is all, which needs source_vocabulary_size {SourceVocabularySize} to be target_vocabulary_size {TargetVocabularySize}")
            .Size(MaxSourceLength).Size(MaxTargetLength);
    }

    /// <summary>source_embedding.weight unless all are tied, target_embedding.weight, encoder.*, bridge.*, decoder.*, attention.*, projection.weight, head.weight unless tied, head.bias.</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
    [
        .. Tied == TiedEmbeddings.All ? [] : Of("source_embedding", SourceEmbedding.Parameters()),
        .. Of("target_embedding", TargetEmbedding.Parameters()),
        .. Of("encoder", Encoder.Parameters()),
        .. Bridge == BridgeKind.Copy ? [] : Of("bridge", BridgeLayer.Parameters()),
        .. Of("decoder", Decoder.Parameters()),
        .. Of("attention", AttentionParameters()),
        .. Projects ? [new ParameterSpec("projection.weight", [EmbeddingSize, Attentional])] : Array.Empty<ParameterSpec>(),
        .. Of("head", Head.Parameters().Where(parameter => Tied == TiedEmbeddings.None || parameter.Name != "weight")),
    ];

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateScaler(StandardScaler? scaler) => new Problems().Unless(scaler is null, "scaler is there, but a translation model scales nothing");

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateTokenizers(Tokenizer? tokenizer, Tokenizer? source)
    {
        if (tokenizer is null)
        {
            return ["tokenizer is missing, expected that of the target language"];
        }

        Tokenizer from = source ?? tokenizer;
        return tokenizer.Validate().Concat(source?.Validate().Select(problem => $"source {problem}") ?? []).Concat(new Problems()
            .Unless(tokenizer.Count == TargetVocabularySize, $"tokenizer has {tokenizer.Count} tokens, expected target_vocabulary_size {TargetVocabularySize}")
            .Unless(from.Count == SourceVocabularySize, $"source tokenizer has {from.Count} tokens, expected source_vocabulary_size {SourceVocabularySize}")
            .Unless(
                tokenizer.IdOf(Tokenizer.Padding) == PaddingIndex && tokenizer.IdOf(Tokenizer.Begin) == BeginIndex && tokenizer.IdOf(Tokenizer.End) == EndIndex
                && from.IdOf(Tokenizer.Padding) == PaddingIndex && from.IdOf(Tokenizer.End) == EndIndex,
                $"tokenizer marks padding, beginning and end by other tokens than {PaddingIndex}, {BeginIndex} and {EndIndex}"));
    }

    private static IEnumerable<ParameterSpec> Of(string part, IEnumerable<ParameterSpec> parameters) => parameters.Select(parameter => parameter.Within(part));

    private IEnumerable<ParameterSpec> AttentionParameters()
    {
        int keys = Encoder.OutputFeatures, width = AttentionSize > 0 ? AttentionSize : HiddenSize;
        ParameterSpec[] scores = Attention switch
        {
            AttentionKind.Bahdanau => [new("weight_query", [width, HiddenSize]), new("weight_key", [width, keys]), new("v", [width])],
            AttentionKind.LuongGeneral => [new("weight_a", [HiddenSize, keys])],
            _ => [],
        };
        return Attention == AttentionKind.None ? [] : [.. scores, new("weight_c", [Attentional, keys + HiddenSize])];
    }
}
