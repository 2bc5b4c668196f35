using System.Text;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Predictors;

public sealed class TextGeneratorTests
{
    private static readonly CharacterTokenizer Characters = new(["\n", "a", "b", "c", " ", "<unk>"]);
    private static readonly WordTokenizer Words = new(["<eos>", "one", "two", "three", "<unk>"]);
    private static readonly BytePairTokenizer Pieces = new(["<pad>", "<eos>"], [2 + 'a', 2 + 'b'], LeadingSpace: false);

    public static TheoryData<Precision> Precisions => [.. Enum.GetValues<Precision>()];

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Generate_greedy_is_the_most_probable_token_of_a_stream_step_by_step(Precision precision)
    {
        ModelFile file = File(Characters);
        using TextGenerator generator = TextGenerator.From(file, "test", new CompileOptions { Precision = precision });
        string text = generator.Generate("ab c", new GenerationConfig { Tokens = 30, Sampling = new SamplingConfig { Temperature = 0 } });

        using CompiledModel model = CompiledModel.Compile(file, new CompileOptions { Precision = precision });
        using ModelStream stream = model.OpenStream();
        float[] logits = new float[6];
        foreach (int id in Characters.Encode("\nab c"))
        {
            stream.Step([id], logits);
        }

        var ids = new List<int>();
        for (int i = 0; i < 30; i++)
        {
            ids.Add(GreedySearch.MostProbable(logits.AsSpan(0, 5)));
            stream.Step([ids[^1]], logits);
        }

        Assert.Equal(Characters.Decode(ids), text);
    }

    [Fact]
    public void Generate_same_seed_gives_the_same_text_and_another_seed_another()
    {
        using TextGenerator generator = TextGenerator.From(File(Characters), "test");
        string Text(ulong seed) => generator.Generate("a", new GenerationConfig { Sampling = new SamplingConfig { Seed = seed } });
        Assert.Equal(Text(1), Text(1));
        Assert.NotEqual(Text(1), Text(2));
        Assert.DoesNotContain('\uFFFD', Text(3));
    }

    [Fact]
    public void Words_go_on_after_the_prompt_with_a_space_and_begin_a_line_without()
    {
        using TextGenerator generator = TextGenerator.From(File(Words), "test");
        var config = new GenerationConfig { Tokens = 40 };
        Assert.Matches("^( (one|two|three)|\n(one|two|three)?)+$", generator.Generate("one two", config));
        Assert.Matches("^(one|two|three|\n)", generator.Generate("", config));
    }

    [Fact]
    public void Pieces_make_whole_characters_and_tell_when_the_text_ends()
    {
        using TextGenerator generator = TextGenerator.From(File(Pieces), "test");
        using TextGeneration generation = generator.Begin("ä", new GenerationConfig { Tokens = 5000 });
        var text = new StringBuilder();
        while (generation.MoveNext())
        {
            Assert.True(generation.Current.IsEmpty || !char.IsHighSurrogate(generation.Current[^1]));
            text.Append(generation.Current);
        }

        Assert.Equal(GenerationEnd.EndOfText, generation.End);
        Assert.False(generation.MoveNext());
        Assert.InRange(text.Length, 1, 5000);
    }

    [Theory]
    [InlineData("b")]
    [InlineData("ab", "ca")]
    [InlineData("aac", "c c", "aabbb")]
    public void Stop_ends_before_the_first_stop_string_whatever_the_pieces(params string[] stops)
    {
        using TextGenerator generator = TextGenerator.From(File(Characters), "test");
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var sampling = new SamplingConfig { Seed = seed };
            string whole = generator.Generate("a", new GenerationConfig { Sampling = sampling });
            int expected = stops.Select(stop => whole.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(whole.Length).Min();
            using TextGeneration generation = generator.Begin("a", new GenerationConfig { Sampling = sampling, Stop = stops });
            var text = new StringBuilder();
            while (generation.MoveNext())
            {
                text.Append(generation.Current);
            }

            Assert.Equal(whole[..expected], text.ToString());
            Assert.Equal(expected == whole.Length ? GenerationEnd.Length : GenerationEnd.Stop, generation.End);
        }
    }

    [Fact]
    public void A_token_allocates_nothing()
    {
        using TextGenerator generator = TextGenerator.From(File(Words), "test");
        using TextGeneration generation = generator.Begin("one", new GenerationConfig { Tokens = 10_000, Sampling = new SamplingConfig { TopP = 0.9 }, Stop = ["four"] });
        Assert.Equal(0, Allocations.OfCalls(warmUp: 100, calls: 1000, () => generation.MoveNext()));
    }

    [Fact]
    public void Wrong_prompts_configs_and_models_say_what_was_expected()
    {
        using TextGenerator generator = TextGenerator.From(File(new CharacterTokenizer(["a", "b"])), "test");
        Assert.Contains("'é' (U+00E9) has no token", Assert.Throws<UnknownTokenException>(() => generator.Generate("é")).Message, StringComparison.Ordinal);
        Assert.Contains("prompt is empty", Assert.Throws<ArgumentException>(() => generator.Generate("")).Message, StringComparison.Ordinal);
        Assert.Contains("tokens is -1", Assert.Throws<ArgumentException>(() => generator.Generate("a", new GenerationConfig { Tokens = -1, Stop = [""] })).Message, StringComparison.Ordinal);
        ModelFile other = new(new NetworkConfig(new LinearConfig(1, 1)), new LinearConfig(1, 1).Parameters().Select(parameter => StoredTensor.FromSingles($"network.{parameter.Name}", parameter.Shape, new float[parameter.Count])));
        Assert.Contains("'network', expected 'lm'", Assert.Throws<ModelFileException>(() => TextGenerator.From(other, "x")).Message, StringComparison.Ordinal);
    }

    private static ModelFile File(Tokenizer tokenizer)
    {
        var config = new LanguageModelConfig { VocabularySize = tokenizer.Count, EmbeddingSize = 8, Network = new LstmConfig(8, 12) };
        return new ModelFile(config, config.Parameters().Select((parameter, i) => StoredTensor.FromSingles(parameter.Name, parameter.Shape, Sets.Values((int)parameter.Count, i + 1))), tokenizer: tokenizer);
    }
}
