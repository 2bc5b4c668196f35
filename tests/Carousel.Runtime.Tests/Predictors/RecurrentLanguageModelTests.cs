using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.States;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Decoding;
using Carousel.Runtime.Tests.Kernels;
using Carousel.Runtime.Tests.Models;

namespace Carousel.Runtime.Tests.Predictors;

public sealed class RecurrentLanguageModelTests
{
    private static readonly CharacterTokenizer Labels = new([" ", "A", "B"]);
    private static readonly CharacterTokenizer Characters = new(["\n", "B", "A", "C", " ", "<unk>"]);
    private static readonly WordTokenizer Words = new(["<pad>", "<eos>", "A", "AB", "BA", "<unk>"]);

    public static TheoryData<TextUnit, Precision, float, float> Searches => new()
    {
        { TextUnit.Character, Precision.Float32, 0.7f, 0.3f },
        { TextUnit.Character, Precision.Int8, 0.7f, 0.3f },
        { TextUnit.Word, Precision.Float32, 0.7f, 0.3f },
        { TextUnit.Word, Precision.BFloat16, 2, -1 },
    };

    [Theory]
    [MemberData(nameof(Searches))]
    public void A_wide_search_finds_what_scoring_every_text_finds(TextUnit unit, Precision precision, float weight, float bonus)
    {
        using RecurrentLanguageModel model = Model(unit, precision);
        var config = new CtcSearchConfig { Width = 1000, SmallestShare = 0, LanguageModelWeight = weight, TokenBonus = bonus };
        for (int seed = 0; seed < 6; seed++)
        {
            float[] logits = CtcBeamSearchTests.Logits(seed, steps: 5);
            (string text, double score) = CtcBeamSearchTests.Enumerate(logits).Where(entry => unit != TextUnit.Word || CtcBeamSearchTests.IsOfWords(entry.Key))
                .Select(entry => (entry.Key, Score: entry.Value + Worth(entry.Key, model, config))).MaxBy(entry => entry.Score);
            (string found, double foundScore) = CtcBeamSearchTests.Run(new CtcBeamSearch(new CtcScorer(Labels, config, model)), logits);
            Assert.Equal(text, found);
            Assert.Equal(score, foundScore, 1e-4);
        }
    }

    [Theory]
    [InlineData(TextUnit.Character, 2)]
    [InlineData(TextUnit.Character, 7)]
    [InlineData(TextUnit.Word, 7)]
    public void A_search_that_forgets_gives_the_bits_of_one_that_reads_every_text_anew(TextUnit unit, int width)
    {
        using RecurrentLanguageModel model = Model(unit, Precision.Float32);
        var config = new CtcSearchConfig { Width = width, LanguageModelWeight = 1.5f };
        CtcBeamSearch search = new(new CtcScorer(Labels, config, model)), anew = new(new CtcScorer(Labels, config, new ReadAnew(model)));
        float[] logits = CtcBeamSearchTests.Logits(11, steps: 60);
        var heard = new List<HeardLabel>();
        for (int at = 0; at < logits.Length; at += 4)
        {
            search.Step(logits.AsSpan(at, 4));
            anew.Step(logits.AsSpan(at, 4));

            // Being asked in between changes nothing.
            if (at % 12 == 0)
            {
                search.Best(heard);
            }
        }

        var expected = new List<HeardLabel>();
        Assert.Equal(anew.Best(expected), search.Best(heard));
        Assert.Equal(expected, heard);
        Assert.True(heard.Count > 5, $"only {heard.Count} labels were heard");
    }

    [Fact]
    public void A_fork_goes_its_own_way()
    {
        using RecurrentLanguageModel model = Model(TextUnit.Character, Precision.Float32);
        float[] logits = CtcBeamSearchTests.Logits(3, steps: 40);
        var scorer = new CtcScorer(Labels, new CtcSearchConfig { Width = 8 }, model);
        CtcBeamSearch whole = new(scorer), first = new(scorer);
        (string text, double score) = CtcBeamSearchTests.Run(whole, logits);
        CtcBeamSearchTests.Run(first, logits.AsSpan(0, 60));
        CtcBeamSearch second = first.Fork();
        CtcBeamSearchTests.Run(first, CtcBeamSearchTests.Logits(4, steps: 20));
        Assert.Equal((text, score), CtcBeamSearchTests.Run(second, logits.AsSpan(60)));
        whole.Reset();
        Assert.Equal((text, score), CtcBeamSearchTests.Run(whole, logits));
    }

    [Theory]
    [InlineData(TextUnit.Character)]
    [InlineData(TextUnit.Word)]
    public void A_step_allocates_nothing(TextUnit unit)
    {
        using RecurrentLanguageModel model = Model(unit, Precision.Float32);
        float[] logits = CtcBeamSearchTests.Logits(5, steps: 1000);
        CtcBeamSearchTests.AssertStepsAllocateNothing(new CtcBeamSearch(new CtcScorer(Labels, new CtcSearchConfig { Width = 16 }, model)), logits);
    }

    [Fact]
    public void Labels_that_are_words_and_a_model_that_reads_small_letters_fit()
    {
        var tokenizer = new WordTokenizer(["<eos>", "one", "two", "<unk>"]) { Lowercase = true };
        using RecurrentLanguageModel model = RecurrentLanguageModel.From(File(tokenizer), "test");
        Assert.Equal(["one", "two"], model.Words);
        var labels = new WordTokenizer(["One", "Two", "Three"]);
        var config = new CtcSearchConfig { LanguageModelWeight = 1, TokenBonus = 0 };
        var search = new CtcBeamSearch(new CtcScorer(labels, config, model));
        foreach (float[] step in new float[][] { [0, 40, 0, 0], [40, 0, 0, 0], [0, 0, 0, 40] })
        {
            search.Step(step);
        }

        var heard = new List<HeardLabel>();
        double score = search.Best(heard);
        Assert.Equal("One Three", LabelText.Decode(heard.Select(label => label.Label), labels));
        Assert.Equal(LogProbability("one three", model), score, 1e-4); // three counts as the unknown word
    }

    [Fact]
    public void What_a_file_holds_is_recognised_and_what_cannot_work_is_refused()
    {
        using var folder = new TemporaryFolder();
        string network = folder["lm.safetensors"], text = folder["lm.arpa"], broken = folder["broken.safetensors"];
        File(Characters).Save(network);
        System.IO.File.WriteAllText(text, "\\data\\\nngram 1=2\n\n\\1-grams:\n-0.3\tA\n-1\t</s>\n\n\\end\\\n");
        System.IO.File.WriteAllBytes(broken, System.IO.File.ReadAllBytes(network)[..200]);
        using (var recurrent = Assert.IsType<RecurrentLanguageModel>(LanguageModelFile.Load(network)))
        {
            Assert.Equal(["B", "A", "C", " "], recurrent.Words);
        }

        Assert.Equal(["A"], Assert.IsType<NGramModel>(LanguageModelFile.Load(text)).Words);
        Assert.Throws<ModelFileException>(() => LanguageModelFile.Load(broken));
        System.IO.File.WriteAllText(text, "once upon a time");
        AssertRefused(() => LanguageModelFile.Load(text), "is no language model: it is no Carousel model (safetensors), and as ARPA text it");
        System.IO.File.WriteAllText(text, "");
        AssertRefused(() => LanguageModelFile.Load(text), "is no language model");
        AssertRefused(() => LanguageModelFile.Load(folder["none"]), "no such file");
        AssertRefused(() => RecurrentLanguageModel.From(File(new CharacterTokenizer(["a", "b"])), "x"), "without a token for the end of a line");
        AssertRefused(() => RecurrentLanguageModel.From(File(new BytePairTokenizer(["<pad>", "<eos>"], [2 + 'a', 2 + 'b'], LeadingSpace: false)), "x"), "pieces of words");
        ModelFile other = new(new NetworkConfig(new LinearConfig(1, 1) { Bias = false }), [StoredTensor.FromSingles("network.weight", [1, 1], [1])]);
        AssertRefused(() => RecurrentLanguageModel.From(other, "x"), "'network', expected a language model");

        using RecurrentLanguageModel characters = Model(TextUnit.Character, Precision.Float32), words = Model(TextUnit.Word, Precision.Float32);
        AssertRefused(() => new CtcScorer(new CharacterTokenizer([" ", "a", "b"]), new CtcSearchConfig(), characters), "they are ␣ a b, it knows B A C ␣; is it of another language, or of another letter case?");
        AssertRefused(() => new CtcScorer(new CharacterTokenizer([" ", "a", "b"]), new CtcSearchConfig(), words), "they are ␣ a b, it knows A AB BA");
        AssertRefused(() => new CtcScorer(new WordTokenizer(["A"]), new CtcSearchConfig(), characters), "one of characters, but the transcriber's labels are words");
        words.Dispose();
        Assert.Throws<ObjectDisposedException>(() => new CtcBeamSearch(new CtcScorer(Labels, new CtcSearchConfig(), words)));
    }

    private static void AssertRefused(Func<object> attempt, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<Exception>(attempt) is { } refusal and (ModelFileException or ArgumentException) ? refusal.Message : "another exception", StringComparison.Ordinal);

    internal static RecurrentLanguageModel Model(TextUnit unit, Precision precision) =>
        RecurrentLanguageModel.From(File(unit == TextUnit.Word ? Words : Characters), "test", new CompileOptions { Precision = precision });

    // Two layers of random weights, large enough that texts differ much.
    internal static ModelFile File(Tokenizer tokenizer)
    {
        var config = new LanguageModelConfig { VocabularySize = tokenizer.Count, EmbeddingSize = 8, Network = new LstmConfig(8, 12) { Layers = 2 } };
        return new ModelFile(config, config.Parameters().Select((parameter, i) => StoredTensor.FromSingles(parameter.Name, parameter.Shape, Sets.Values((int)parameter.Count, i + 1))), tokenizer: tokenizer);
    }

    private static double Worth(string text, RecurrentLanguageModel model, CtcSearchConfig config) =>
        (config.LanguageModelWeight * LogProbability(text, model)) + (config.TokenBonus * LabelText.Split(text, model.Unit).Count());

    // The text read by a stream of its own, token after token, its end included.
    private static double LogProbability(string text, RecurrentLanguageModel model)
    {
        using ModelStream stream = model.Model.OpenStream();
        float[] logits = new float[model.Model.OutputSize];
        double sum = 0;
        int before = model.Tokenizer.LineEnd;
        foreach (int token in (int[])[.. model.Tokenizer.Encode(text), model.Tokenizer.LineEnd])
        {
            stream.Step([before], logits);
            sum += logits[token] - Math.Log(logits.Sum(logit => Math.Exp(logit)));
            before = token;
        }

        return sum;
    }

    /// <summary>The same model with a memory that keeps every text and reads it from its first token for every question.</summary>
    private sealed class ReadAnew(RecurrentLanguageModel model) : ILanguageModel
    {
        public TextUnit Unit => model.Unit;

        public IEnumerable<string> Words => model.Words;

        string ILanguageModel.Fingerprint => "anew";

        int ILanguageModel.TokenOf(string word) => ((ILanguageModel)model).TokenOf(word);

        LanguageMemory ILanguageModel.Open(int texts) => new Memory(model);

        private sealed class Memory(RecurrentLanguageModel model) : LanguageMemory
        {
            private readonly List<int[]> _texts = [[model.Tokenizer.LineEnd]];

            public override LanguageContext Start => new(0);

            public override float Score(LanguageContext context, int token, out LanguageContext next)
            {
                token = token < 0 ? model.Tokenizer.IdOf(Tokenizer.Unknown) : token;
                next = new LanguageContext(context.State, token);
                return LogShares(context.State)[token];
            }

            public override float ScoreEnd(LanguageContext context) => LogShares(context.State)[model.Tokenizer.LineEnd];

            public override void Settle(Span<LanguageContext> contexts)
            {
                foreach (ref LanguageContext context in contexts)
                {
                    if (context.Token != LanguageContext.Settled)
                    {
                        _texts.Add([.. _texts[context.State], context.Token]);
                        context = new LanguageContext(_texts.Count - 1);
                    }
                }
            }

            public override LanguageMemory Copy() => throw new InvalidOperationException("no test forks this");

            public override void Save(StateWriter state, ReadOnlySpan<LanguageContext> contexts) => throw new InvalidOperationException("no test saves this");

            public override void Restore(StateReader state, Span<LanguageContext> contexts) => throw new InvalidOperationException("no test restores this");

            private float[] LogShares(int text)
            {
                using ModelStream stream = model.Model.OpenStream();
                float[] logits = new float[model.Model.OutputSize];
                foreach (int token in _texts[text])
                {
                    stream.Step([token], logits);
                }

                model.Model.Plan.Kernels.LogSoftmax(logits, logits);
                return logits;
            }
        }
    }
}
