using System.Reflection;
using System.Text.Json.Serialization;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Models;

/// <summary>The JSON of everything a model file says about itself.</summary>
public static class ModelJson
{
    /// <summary>
    /// One instance, with its defaults, of every kind of layer: pass them on to a <see cref="ConfigJson"/> whose records hold some of these.
    /// </summary>
    public static IReadOnlyList<object> LayerPrototypes { get; } =
        [.. typeof(LayerConfig).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(kind => LayerConfig.Default((string)kind.TypeDiscriminator!))];

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

    /// <summary>Reads a record of a model file: as fast as can be where it is as this build writes it, and by <see cref="Shared"/>, which may refuse it, where it is not.</summary>
    /// <param name="text">One JSON object.</param>
    /// <param name="source">Where the text comes from, for the message.</param>
    /// <param name="record">Makes the record of its fields.</param>
    /// <param name="longest">Longest text accepted, in characters.</param>
    /// <exception cref="ConfigException">As <see cref="ConfigJson.Read{T}"/>.</exception>
    internal static T Read<T>(string text, string source, Func<RecordReader, T> record, int longest = ConfigJson.LongestText)
        where T : class => (text.Length <= longest ? RecordReader.Read(text, record) : null) ?? Shared.Read<T>(text, source, longest);
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
[JsonSerializable(typeof(CtcSearchConfig))]
[JsonSerializable(typeof(Tokenizer))]
[JsonSerializable(typeof(Vocabulary))]
internal sealed partial class ModelJsonContext : JsonSerializerContext;
