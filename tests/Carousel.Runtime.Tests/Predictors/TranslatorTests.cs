using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;

namespace Carousel.Runtime.Tests.Predictors;

/// <summary>A translator with weights drawn at random: what it writes means nothing, how it does so is what counts.</summary>
public sealed class TranslatorTests
{
    private static readonly string[] Texts = ["a dog runs", "", "eins zwei drei vier", "   ", "Ünïcödé 😀 Привет 日本語", "x", "\ud800 half a pair", "two\nlines\r\nof text", "a dog runs"];

    public static TheoryData<Precision, int> Ways => [.. Enum.GetValues<Precision>().SelectMany(precision => ((int[])[1, 2]).Select(threads => (precision, threads)))];

    [Theory]
    [MemberData(nameof(Ways))]
    public void Translate_any_text_and_a_batch_as_each_alone(Precision precision, int threads)
    {
        using Translator translator = Make(new CompileOptions { Precision = precision, Threads = threads });
        var search = new BeamConfig { Beam = 3, Best = 2, CoveragePenalty = 0.2 };
        IReadOnlyList<TranslatedSentence> together = Translate(translator, Texts, search);
        Assert.Equal(Texts.Length, together.Count);
        for (int at = 0; at < Texts.Length; at++)
        {
            TranslatedSentence alone = Translate(translator, [Texts[at]], search)[0];
            Assert.Equal(
                alone.Translations.Select(translation => (translation.Text, translation.LogProbability, translation.Score)),
                together[at].Translations.Select(translation => (translation.Text, translation.LogProbability, translation.Score)));
            Assert.Equal(string.IsNullOrWhiteSpace(Texts[at]) ? 0 : translator.Source.Encode(Texts[at].ReplaceLineEndings(" ")).Length, alone.SourceLength);
            Assert.Equal(alone.SourceLength, alone.Source.Count);
            Assert.Equal(alone.Translations.OrderByDescending(translation => translation.Score), alone.Translations);
        }

        Assert.Equal(together[0].Text, together[^1].Text);
        Assert.Equal(together[0].Text, Translate(translator, ["a dog runs"], search)[0].Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t ")]
    public void Translate_nothing_gives_the_empty_text(string text)
    {
        using Translator translator = Make();
        TranslatedSentence sentence = Translate(translator, [text], new BeamConfig())[0];
        Translation only = Assert.Single(sentence.Translations);
        Assert.Equal(("", 0, 0.0), (only.Text, only.Tokens.Count, only.LogProbability));
        Assert.Empty(translator.Write(text));
    }

    [Fact]
    public void Translate_ten_thousand_tokens_are_read_up_to_the_limit()
    {
        using Translator translator = Make();
        string text = string.Join(' ', Enumerable.Repeat("q", 5000));
        TranslatedSentence sentence = Translate(translator, [text, "a dog"], new BeamConfig())[0];
        Assert.Equal((10_000, 1024), (sentence.SourceLength, sentence.Source.Count));
        Assert.InRange(sentence.Translations[0].Tokens.Count, 0, translator.Config.MaxTargetLength);
    }

    [Fact]
    public void Translate_same_search_on_several_threads_at_once()
    {
        using Translator translator = Make(new CompileOptions { Threads = 2 });
        string expected = translator.Translate("a dog runs");
        Parallel.For(0, 8, _ => Assert.Equal(expected, translator.Translate("a dog runs")));
    }

    [Fact]
    public void Write_gives_the_translation_of_a_beam_of_one_piece_by_piece()
    {
        using Translator translator = Make();
        int pieces = 0;
        foreach (string text in Texts)
        {
            List<string> written = [.. translator.Write(text)];
            Assert.Equal(Translate(translator, [text], new BeamConfig { Beam = 1 })[0].Text, string.Concat(written));
            pieces += written.Count;
        }

        Assert.True(pieces > Texts.Length, "nothing was written in pieces");
    }

    [Fact]
    public void Write_takes_the_choice_of_another()
    {
        using Translator translator = Make();
        int asked = 0;
        string text = string.Concat(translator.Write("a dog", _ => asked++ < 3 ? translator.Target.Encode("k")[^1] : translator.Config.EndIndex));
        Assert.Equal(("kkk", 4), (text, asked));
    }

    [Fact]
    public void Align_each_token_looks_at_the_whole_source()
    {
        using Translator translator = Make();
        TranslatedSentence sentence = Translate(translator, ["a dog runs"], new BeamConfig())[0];
        float[][] weights = translator.Align(sentence.Source, sentence.Translations[0].Tokens);
        Assert.Equal(sentence.Translations[0].Tokens.Count + 1, weights.Length);
        Assert.All(weights, row => Assert.Equal(sentence.Source.Count + 1, row.Length));
        Assert.All(weights, row => Assert.Equal(1, row.Sum(), 5));
    }

    [Fact]
    public void Translate_text_without_tokens_is_refused_with_its_character()
    {
        var tokenizer = new CharacterTokenizer([.. Tokenizer.SpecialSymbols.Where(symbol => symbol != Tokenizer.Unknown), "a", "b"]);
        Seq2SeqConfig config = Config(tokenizer.Count) with { BeginIndex = 1, EndIndex = 2 };
        using var translator = Translator.From(new ModelFile(config, Weights(config), tokenizer: tokenizer), "letters");
        Assert.NotNull(translator.Translate("ab"));
        Assert.Contains("U+1F600", Assert.Throws<UnknownTokenException>(() => translator.Translate("a😀")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_other_models_are_refused()
    {
        var bare = new NetworkConfig(new LinearConfig(2, 2));
        var file = new ModelFile(bare, Weights(bare));
        Assert.Contains("holds a model for the task 'network', expected 'translate'", Assert.Throws<ModelFileException>(() => Translator.From(file, "other")).Message, StringComparison.Ordinal);
        Translator translator = Make();
        translator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => translator.Translate("a"));
    }

    private static IReadOnlyList<TranslatedSentence> Translate(Translator translator, IReadOnlyList<string> texts, BeamConfig search) =>
        translator.Translate(texts, search, TestContext.Current.CancellationToken);

    private static Translator Make(CompileOptions? options = null)
    {
        var tokenizer = new BytePairTokenizer(Tokenizer.SpecialSymbols, [], LeadingSpace: true);
        Seq2SeqConfig config = Config(tokenizer.Count);
        return Translator.From(new ModelFile(config, Weights(config), tokenizer: tokenizer), "random", options);
    }

    private static Seq2SeqConfig Config(int vocabulary) => new()
    {
        SourceVocabularySize = vocabulary,
        TargetVocabularySize = vocabulary,
        EmbeddingSize = 12,
        HiddenSize = 24,
        Layers = 1,
        Bidirectional = true,
        Bridge = BridgeKind.Final,
        Attention = AttentionKind.LuongGeneral,
        InputFeeding = true,
        Tied = TiedEmbeddings.All,
        MaxTargetLength = 40,
    };

    private static List<StoredTensor> Weights(ModelConfig config)
    {
        var random = new Random(6);
        return [.. config.Parameters().Select(parameter => StoredTensor.FromSingles(parameter.Name, parameter.Shape, [.. Enumerable.Range(0, checked((int)parameter.Count)).Select(_ => (random.NextSingle() - 0.5f) * 1.2f)]))];
    }
}
