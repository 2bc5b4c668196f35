using System.Text.Json.Serialization;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>
/// What one layer of a network is: sizes and switches, no numbers. The training layer and the inference plan read the same record.
/// </summary>
/// <remarks>
/// As JSON a record is an object whose <c>type</c> names it and whose keys are the properties in snake_case; a key left out keeps its default.
/// A new record needs its line here, another one in <see cref="Default"/>, its fields in <see cref="With"/>, and nothing else to be stored and read.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(LstmConfig), "lstm")]
[JsonDerivedType(typeof(PeepholeLstmConfig), "peephole_lstm")]
[JsonDerivedType(typeof(CoupledLstmConfig), "coupled_lstm")]
[JsonDerivedType(typeof(LayerNormLstmConfig), "layer_norm_lstm")]
[JsonDerivedType(typeof(ClippedLstmConfig), "clipped_lstm")]
[JsonDerivedType(typeof(ZoneoutLstmConfig), "zoneout_lstm")]
[JsonDerivedType(typeof(DropoutLstmConfig), "dropout_lstm")]
[JsonDerivedType(typeof(GruConfig), "gru")]
[JsonDerivedType(typeof(LinearConfig), "linear")]
[JsonDerivedType(typeof(EmbeddingConfig), "embedding")]
[JsonDerivedType(typeof(DropoutConfig), "dropout")]
[JsonDerivedType(typeof(LayerNormConfig), "layer_norm")]
[JsonDerivedType(typeof(Conv1dConfig), "conv1d")]
[JsonDerivedType(typeof(AdditiveAttentionConfig), "additive_attention")]
[JsonDerivedType(typeof(LuongAttentionConfig), "luong_attention")]
[JsonDerivedType(typeof(MultiHeadAttentionConfig), "multi_head_attention")]
[JsonDerivedType(typeof(EncoderLayerConfig), "encoder_layer")]
[JsonDerivedType(typeof(SequentialConfig), "sequential")]
public abstract record LayerConfig
{
    /// <summary>Features of one time step going in.</summary>
    public abstract int InputFeatures { get; }

    /// <summary>Features of one time step coming out.</summary>
    public abstract int OutputFeatures { get; }

    /// <summary>Reads a layer from the fields of a JSON object.</summary>
    internal static LayerConfig Read(RecordReader json) => Default(json.Kind("type")).With(json);

    /// <summary>The layer of this <c>type</c> with its defaults: what a field left out is taken from.</summary>
    internal static LayerConfig Default(string type) => type switch
    {
        "lstm" => new LstmConfig(0, 0),
        "peephole_lstm" => new PeepholeLstmConfig(0, 0),
        "coupled_lstm" => new CoupledLstmConfig(0, 0),
        "layer_norm_lstm" => new LayerNormLstmConfig(0, 0),
        "clipped_lstm" => new ClippedLstmConfig(0, 0),
        "zoneout_lstm" => new ZoneoutLstmConfig(0, 0),
        "dropout_lstm" => new DropoutLstmConfig(0, 0),
        "gru" => new GruConfig(0, 0),
        "linear" => new LinearConfig(0, 0),
        "embedding" => new EmbeddingConfig(0, 0),
        "dropout" => new DropoutConfig(0, 0.5f),
        "layer_norm" => new LayerNormConfig(0),
        "conv1d" => new Conv1dConfig(0, 0, 0),
        "additive_attention" => new AdditiveAttentionConfig(0, 0, 0),
        "luong_attention" => new LuongAttentionConfig(0, 0),
        "multi_head_attention" => new MultiHeadAttentionConfig(0, 0),
        "encoder_layer" => new EncoderLayerConfig(0, 0, 0),
        "sequential" => new SequentialConfig(),
        _ => throw RecordReader.Unexpected(),
    };

    /// <summary>This record with the fields of a JSON object; those left out stay as they are.</summary>
    internal abstract LayerConfig With(RecordReader json);

    /// <summary>Every problem of this record, each as one sentence that names the field, what was found and what is allowed; empty when it is sound.</summary>
    public abstract IEnumerable<string> Validate();

    /// <summary>The trainable tensors of this layer, in a fixed order, under PyTorch's names. Enumerated lazily; call it on a sound record only.</summary>
    public abstract IEnumerable<ParameterSpec> Parameters();

    /// <summary>This layer, fed by <paramref name="features"/> features per time step: how a recipe may leave input sizes out.</summary>
    /// <param name="features">The new <see cref="InputFeatures"/>, 1 or more.</param>
    public abstract LayerConfig WithInput(int features);

    /// <summary>Refuses a record that is not sound.</summary>
    /// <exception cref="ArgumentException">The record has problems; the message lists them all.</exception>
    public void ThrowIfInvalid()
    {
        string[] problems = [.. Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"{GetType().Name}: {string.Join("; ", problems)}");
        }
    }
}
