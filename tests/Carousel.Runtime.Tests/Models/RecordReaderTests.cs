using System.Reflection;
using System.Text.Json.Serialization;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Runtime.Records;

namespace Carousel.Runtime.Tests.Models;

/// <summary>What is written by the records' metadata is read by their <c>With</c>: these tests keep the two together.</summary>
public sealed class RecordReaderTests
{
    private static readonly AudioFeaturesConfig Audio = new()
    {
        Kind = AudioFeatureKind.Mfcc, Style = AudioFeatureStyle.Kaldi, SampleRate = 8000, WindowMs = 20, HopMs = 5, Window = AnalysisWindow.Povey, PreEmphasis = 0.5, Mels = 23, LowestHz = 10,
        HighestHz = 3000, LogFloor = 1e-6, Cepstra = 12, Lifter = 22, Normalisation = UtteranceNormalisation.Mean, RangeDb = 40, Deltas = 1, DeltaReach = 3, Stack = 2,
    };

    /// <summary>One of each, with every field away from its default; of layers, those of <see cref="LayerConfigTests.OneOfEach"/>.</summary>
    private static readonly object[] Others =
    [
        new LstmConfig(3, 5) { Layers = 2, Bidirectional = true, ProjectionSize = 2, Bias = false, Dropout = 0.25f, ForgetBias = 0.5f, MemorySteps = 7 },
        new Conv1dConfig(4, 6, 3) { Stride = 2, Padding = 1, Causal = true, Dilation = 2, Groups = 2, Bias = false },
        new NetworkConfig(new GruConfig(2, 3)),
        new EncoderDecoderConfig(new LstmConfig(3, 4), new LstmConfig(2, 4), 5) { Attention = new LuongAttentionConfig(4, 4) },
        new ForecasterConfig
        {
            Window = 8, Horizon = 2, Targets = ["a", "b\"\u00e9"], Covariates = ["c"], Patch = 2, Normalisation = WindowNormalisation.Window, Quantiles = [0.1, 0.5], Network = new GruConfig(6, 4),
            DateColumn = "day", Frequency = "1h", SeasonLength = 24,
        },
        new LanguageModelConfig { VocabularySize = 9, EmbeddingSize = 6, Network = new LstmConfig(6, 6) { Layers = 3 }, Dropout = 0.5f, Tied = true },
        new Seq2SeqConfig
        {
            SourceVocabularySize = 7, TargetVocabularySize = 8, EmbeddingSize = 6, HiddenSize = 4, Layers = 3, Dropout = 0.5f, ForgetBias = -1, PaddingIndex = 1, BeginIndex = 0, EndIndex = 2, Bidirectional = true,
            Bridge = BridgeKind.Mean, Attention = AttentionKind.Bahdanau, AttentionSize = 5, AttentionalSize = 3, InputFeeding = true, Tied = TiedEmbeddings.Target, MaxSourceLength = 10, MaxTargetLength = 11,
        },
        new ClassifierConfig
        {
            Labels = ["x", "y"], Features = ["f"], Audio = Audio, VocabularySize = 3, EmbeddingSize = 4, Network = new LinearConfig(4, 4), Pooling = Pooling.Attention, AttentionSize = 7, Dropout = 0.5f,
        },
        new TranscriberConfig
        {
            Features = Audio, Labels = 9, Network = new GruConfig(2, 2),
            Search = new CtcSearchConfig { Width = 3, LanguageModelWeight = 2, TokenBonus = -1, SmallestShare = 0.5f, KnownWordsOnly = true, HotWordBonus = 1 },
        },
        Audio,
        new CtcSearchConfig { Width = 3, LanguageModelWeight = 2, TokenBonus = -1, SmallestShare = 0.5f, KnownWordsOnly = true, HotWordBonus = 1 },
        new StandardScaler(["a", "b"], [1, -2.5], [0, 1e-3]),
        new WordTokenizer(["<unk>", "a"]) { SplitSigns = true, Lowercase = true, Normalization = Normalization.Nfc },
        new CharacterTokenizer(["a", "\ud83d\ude00"]) { Normalization = Normalization.Nfkc },
        new BytePairTokenizer(["<eos>"], [98, 99], true) { Normalization = Normalization.Nfc },
    ];

    public static TheoryData<object> OneOfEach => [.. LayerConfigTests.OneOfEach.Select(row => (object)row.Data), .. Others];

    [Theory]
    [MemberData(nameof(OneOfEach))]
    public void Read_of_what_was_written_gives_it_again(object record)
    {
        if (record is not CtcSearchConfig)
        {
            Assert.Equal(record, Read(record, Write(record)));
        }
    }

    /// <summary>A field that a <c>With</c> forgets is not found by reading alone, but only if a record above has it away from its default.</summary>
    [Fact]
    public void Every_field_of_every_record_is_away_from_its_default_above()
    {
        object[] records = [.. OneOfEach.Select(row => row.Data)];
        Type[] kinds = [.. typeof(LayerConfig).Assembly.GetTypes().Where(type => !type.IsAbstract && Array.Exists([typeof(LayerConfig), typeof(ModelConfig), typeof(Tokenizer)], type.IsSubclassOf))];
        Assert.All(kinds, kind => Assert.Contains(records, record => record.GetType() == kind));
        foreach (IGrouping<Type, object> kind in records.GroupBy(record => record.GetType()))
        {
            ConstructorInfo constructor = kind.Key.GetConstructors().OrderBy(known => known.GetParameters().Length).ThenByDescending(known => known.IsDefined(typeof(JsonConstructorAttribute))).First();
            object[] arguments = [.. constructor.GetParameters().Select(parameter => parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)! : null!)];
            object plain = constructor.Invoke(arguments);
            foreach (PropertyInfo property in kind.Key.GetProperties().Where(property => property.CanWrite))
            {
                Assert.True(records.Any(record => property.DeclaringType!.IsInstanceOfType(record) && !Equals(property.GetValue(record), property.GetValue(plain))), $"{kind.Key.Name}.{property.Name}");
            }
        }
    }

    [Fact]
    public void Names_of_enumerations_are_their_members_in_snake_case()
    {
        foreach (Type type in typeof(LayerConfig).Assembly.GetTypes().Where(type => type.IsEnum && type.IsDefined(typeof(JsonConverterAttribute))))
        {
            Assert.All(Enum.GetNames(type), name => Assert.Equal(
                System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name), type.GetField(name)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name));
        }
    }

    /// <summary>The one law between the two readers: this one gives what the other gives, or nothing.</summary>
    [Fact]
    public void Read_of_damaged_text_gives_nothing_or_what_the_thorough_reader_gives()
    {
        var random = new Random(1);
        string[] pieces = ["null", "1", "-1", "1.5", "1e3", "1e400", "99999999999", "true", "\"\"", "\"lstm\"", "[]", "{}", "[1,2]", "{\"type\":\"gru\"}", ",", ":", "\"", "{", "}", "[", "]", "//", " ", "\\ud800", "é"];
        object[] records = [.. OneOfEach.Select(row => row.Data).Where(record => record is not CtcSearchConfig)];
        int read = 0;
        for (int trial = 0; trial < 20_000; trial++)
        {
            object record = records[random.Next(records.Length)];
            string text = Write(record);
            for (int wounds = random.Next(1, 3); wounds > 0; wounds--)
            {
                int at = random.Next(text.Length), length = Math.Min(random.Next(6), text.Length - at);
                text = text[..at] + (random.Next(3) == 0 ? "" : pieces[random.Next(pieces.Length)]) + text[(at + length)..];
            }

            if (Read(record, text) is { } quick)
            {
                read++;
                Assert.Equal(Thorough(record, text), quick);
            }
        }

        Assert.InRange(read, 100, 19_000);
    }

    private static object? Read(object record, string text) => record switch
    {
        LayerConfig => RecordReader.Read(text, LayerConfig.Read),
        ModelConfig => RecordReader.Read(text, ModelConfig.Read),
        Tokenizer => RecordReader.Read(text, Tokenizer.Read),
        StandardScaler => RecordReader.Read(text, StandardScaler.Read),
        AudioFeaturesConfig => RecordReader.Read(text, static json => new AudioFeaturesConfig().With(json)),
        _ => throw new InvalidOperationException(record.GetType().Name),
    };

    private static object Thorough(object record, string text) => record switch
    {
        LayerConfig => ModelJson.Shared.Read<LayerConfig>(text, "test"),
        ModelConfig => ModelJson.Shared.Read<ModelConfig>(text, "test"),
        Tokenizer => ModelJson.Shared.Read<Tokenizer>(text, "test"),
        StandardScaler => ModelJson.Shared.Read<StandardScaler>(text, "test"),
        _ => ModelJson.Shared.Read<AudioFeaturesConfig>(text, "test"),
    };

    private static string Write(object record) => record switch
    {
        LayerConfig layer => ModelJson.Shared.Write(layer),
        ModelConfig model => ModelJson.Shared.Write(model),
        Tokenizer tokenizer => ModelJson.Shared.Write(tokenizer),
        StandardScaler scaler => ModelJson.Shared.Write(scaler),
        _ => ModelJson.Shared.Write((AudioFeaturesConfig)record),
    };
}
