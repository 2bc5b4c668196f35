using System.Text.Json.Serialization;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// One sequence read, another one written (Sutskever et al. 2014): source [S, B, I] and the outputs so far [T, B, J] in, outputs [T, B, V] out, with no meaning given to
/// any of them.
/// </summary>
/// <remarks>
/// <para>The encoder reads the whole source. The decoder's last layer starts from the state of the encoder's last layer, layer of the stack by layer; where the encoder runs in
/// both directions, their states stand side by side, so each direction has half the decoder's units.</para>
/// <para>With attention, the decoder's output h at each step asks the encoder's outputs for a context c (Bahdanau et al. 2015, but asked after the cell as in Luong et al. 2015).
/// The head takes h without attention, Luong's tanh(W_c·[c; h]), or [c; h] for any other attention.</para>
/// </remarks>
/// <param name="Encoder">Reads the source: a recurrent layer, or a sequence of layers that ends in one. Tensors <c>encoder.*</c>.</param>
/// <param name="Decoder">Writes: a recurrent layer in one direction, or a sequence of layers that ends in one. Tensors <c>decoder.*</c>.</param>
/// <param name="Outputs">V, features coming out; 1 or more.</param>
public sealed record EncoderDecoderConfig(LayerConfig Encoder, LayerConfig Decoder, int Outputs) : ModelConfig
{
    /// <summary>How the decoder looks at the source: a Luong, additive or multi-head attention; null for the state alone. Tensors <c>attention.*</c>.</summary>
    /// <value>null</value>
    public LayerConfig? Attention { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Task => "encoder_decoder";

    /// <summary>The layer whose last state the decoder starts from; null when the encoder does not end in a recurrent layer.</summary>
    [JsonIgnore]
    public RecurrentConfig? LastOfEncoder => RecurrentConfig.LastOf(Encoder);

    /// <summary>The layer that starts from the encoder's state; null when the decoder does not end in a recurrent layer.</summary>
    [JsonIgnore]
    public RecurrentConfig? LastOfDecoder => RecurrentConfig.LastOf(Decoder);

    /// <summary>True when the head takes the context beside the decoder's output, because the attention's result does not hold it.</summary>
    [JsonIgnore]
    public bool JoinsContext => Attention is not (null or LuongAttentionConfig);

    /// <summary>The output layer; its tensors are <c>head.weight</c> and <c>head.bias</c>.</summary>
    [JsonIgnore]
    public LinearConfig Head => new((JoinsContext ? Attention!.OutputFeatures : 0) + Decoder.OutputFeatures, Outputs);

    /// <inheritdoc/>
    internal override ModelConfig With(RecordReader json) => this with
    {
        Encoder = json.Get(Encoder, LayerConfig.Read),
        Decoder = json.Get(Decoder, LayerConfig.Read),
        Outputs = json.Get(Outputs),
        Attention = json.GetOrNull(Attention, LayerConfig.Read),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        Problems problems = new Problems().Within("encoder", Encoder.Validate()).Within("decoder", Decoder.Validate()).Size(Outputs);
        if (LastOfEncoder is not { } encoder || LastOfDecoder is not { } decoder)
        {
            return problems
                .Unless(LastOfEncoder is not null, "encoder does not end in a recurrent layer, whose state the decoder could start from")
                .Unless(LastOfDecoder is not null, "decoder does not end in a recurrent layer, which could start from the encoder's state");
        }

        problems
            .Unless(!decoder.Bidirectional, "decoder runs in both directions, but what it is to write is not there yet")
            .Unless(encoder.Layers == decoder.Layers, $"decoder has {decoder.Layers} layers, expected {encoder.Layers}, as many as the encoder has states for")
            .Unless(encoder is GruConfig == decoder is GruConfig, "encoder and decoder must both be GRUs or both LSTMs of any kind: the one starts from the state of the other")
            .Unless(
                StateWidth(encoder.HiddenSize) == decoder.HiddenSize && StateWidth(encoder.OutputSize) == decoder.OutputSize,
                $"decoder has states of {decoder.OutputSize} and {decoder.HiddenSize} values, expected {StateWidth(encoder.OutputSize)} and {StateWidth(encoder.HiddenSize)}, which the encoder leaves");
        return Attention is null ? problems : problems.Within("attention", Attention.Validate().Concat(AttentionProblems(Attention)));

        int StateWidth(int ofDirection) => ofDirection * encoder.Directions;
    }

    /// <summary>encoder.*, decoder.*, attention.* if there is one, head.weight, head.bias.</summary>
    public override IEnumerable<ParameterSpec> Parameters() =>
    [
        .. Encoder.Parameters().Select(parameter => parameter.Within("encoder")),
        .. Decoder.Parameters().Select(parameter => parameter.Within("decoder")),
        .. (Attention?.Parameters() ?? []).Select(parameter => parameter.Within("attention")),
        .. Head.Parameters().Select(parameter => parameter.Within("head")),
    ];

    /// <inheritdoc/>
    public override IEnumerable<string> ValidateScaler(StandardScaler? scaler) => new Problems().Unless(scaler is null, "scaler is there, but a bare encoder and decoder scale nothing");

    private IEnumerable<string> AttentionProblems(LayerConfig attention)
    {
        (int queries, int keys, int values) = attention switch
        {
            LuongAttentionConfig luong => (luong.QuerySize, luong.KeySize, luong.KeySize),
            AdditiveAttentionConfig additive => (additive.QuerySize, additive.KeySize, additive.KeySize),
            MultiHeadAttentionConfig heads => (heads.EmbeddingSize, Or(heads.KeySize, heads.EmbeddingSize), Or(heads.ValueSize, heads.EmbeddingSize)),
            _ => (-1, -1, -1),
        };
        if (queries < 0)
        {
            return [$"is a {attention.GetType().Name}, expected a Luong, additive or multi-head attention"];
        }

        return new Problems()
            .Unless(queries == Decoder.OutputFeatures, $"queries have {queries} features, expected {Decoder.OutputFeatures}, which the decoder gives")
            .Unless(keys == Encoder.OutputFeatures && values == Encoder.OutputFeatures, $"keys and values have {keys} and {values} features, expected {Encoder.OutputFeatures}, which the encoder gives");

        static int Or(int size, int otherwise) => size > 0 ? size : otherwise;
    }
}
