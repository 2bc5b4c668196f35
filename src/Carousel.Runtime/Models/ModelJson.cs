using System.Text.Json.Serialization;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Runtime.Models;

/// <summary>The JSON of everything a model file says about itself.</summary>
public static class ModelJson
{
    /// <summary>
    /// One instance, with its defaults, of every kind of layer: pass them on to a <see cref="ConfigJson"/> whose records hold some of these.
    /// </summary>
    public static IReadOnlyList<object> LayerPrototypes { get; } =
    [
        new LstmConfig(0, 0),
        new PeepholeLstmConfig(0, 0),
        new CoupledLstmConfig(0, 0),
        new LayerNormLstmConfig(0, 0),
        new ClippedLstmConfig(0, 0),
        new ZoneoutLstmConfig(0, 0),
        new DropoutLstmConfig(0, 0),
        new GruConfig(0, 0),
        new LinearConfig(0, 0),
        new EmbeddingConfig(0, 0),
        new DropoutConfig(0, 0.5f),
        new LayerNormConfig(0),
        new Conv1dConfig(0, 0, 0),
        new AdditiveAttentionConfig(0, 0, 0),
        new LuongAttentionConfig(0, 0),
        new MultiHeadAttentionConfig(0, 0),
        new EncoderLayerConfig(0, 0, 0),
        new SequentialConfig(),
    ];

    /// <summary>Reads and writes everything a model file says about itself in JSON: <see cref="ModelConfig"/> with its layers, features, <see cref="StandardScaler"/>, <see cref="Tokenizer"/>.</summary>
    public static ConfigJson Shared { get; } = new(ModelJsonContext.Default,
    [
        .. LayerPrototypes,
        new WordTokenizer([]),
        new CharacterTokenizer([]),
        new BytePairTokenizer([], [], false),
        new ForecasterConfig(),
        new LanguageModelConfig(),
        new Seq2SeqConfig(),
        new ClassifierConfig(),
        new AudioFeaturesConfig(),
        new TranscriberConfig(),
        new CtcSearchConfig(),
        new EncoderDecoderConfig(new LstmConfig(0, 0), new LstmConfig(0, 0), 0),
    ]);
}

/// <summary>Source-generated metadata of the records of a model file.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LayerConfig))]
[JsonSerializable(typeof(ModelConfig))]
[JsonSerializable(typeof(AudioFeaturesConfig))]
[JsonSerializable(typeof(StandardScaler))]
[JsonSerializable(typeof(Tokenizer))]
[JsonSerializable(typeof(Vocabulary))]
internal sealed partial class ModelJsonContext : JsonSerializerContext;
