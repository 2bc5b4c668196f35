using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Models;

public sealed class LanguageModelConfigTests
{
    private static readonly LanguageModelConfig Config = new() { VocabularySize = 3, EmbeddingSize = 2, Network = new LstmConfig(2, 2) };
    private static readonly WordTokenizer Tokens = new(["<eos>", "<unk>", "a"]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_of_saved_model_gives_config_and_tokenizer(bool tied)
    {
        using var folder = new TemporaryFolder();
        LanguageModelConfig config = Config with { Tied = tied, Dropout = 0.25f };
        new ModelFile(config, Fill(config), tokenizer: Tokens).Save(folder["lm.safetensors"]);

        ModelFile loaded = ModelFile.Load(folder["lm.safetensors"]);

        Assert.Equal(config, loaded.Config);
        Assert.Equal(Tokens, loaded.Tokenizer);
        Assert.Equal(tied ? [] : ["head.weight"], loaded.Parameters.Select(tensor => tensor.Name).Where(name => name == "head.weight"));
    }

    [Fact]
    public void Tokenizer_missing_surplus_or_of_another_size_is_refused()
    {
        Assert.Contains("tokenizer is missing", Refusal(Config, null), StringComparison.Ordinal);
        Assert.Contains("3 tokens, expected vocabulary_size 4", Refusal(Config with { VocabularySize = 4 }, Tokens), StringComparison.Ordinal);
        var other = new NetworkConfig(new LstmConfig(1, 1));
        Assert.Contains("'network' reads no text", Refusal(other, Tokens), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("word")]
    [InlineData("character")]
    public void Load_of_a_file_with_a_vocabulary_gives_its_tokenizer(string unit)
    {
        using var folder = new TemporaryFolder();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "carousel", ["version"] = "1", ["task"] = "lm", ["architecture"] = ModelJson.Shared.Write<ModelConfig>(Config), ["precision"] = "float32",
            ["vocabulary"] = $$"""{"unit":"{{unit}}","tokens":["a","b","c"]}""",
        };
        new SafetensorsFile(Fill(Config), metadata).Save(folder["old.safetensors"]);

        Assert.Equal<Tokenizer>(unit == "word" ? new WordTokenizer(["a", "b", "c"]) : new CharacterTokenizer(["a", "b", "c"]), ModelFile.Load(folder["old.safetensors"]).Tokenizer!);
    }

    [Fact]
    public void Validate_lists_every_problem()
    {
        string problems = string.Join('\n', (Config with { EmbeddingSize = 5, Dropout = 1, Tied = true, Network = Config.Network with { Bidirectional = true, HiddenSize = 0 } }).Validate());
        foreach (string expected in new[] { "network.input_size is 2, expected embedding_size 5", "dropout is 1", "tied is true", "must not see what comes next", "network.hidden_size is 0" })
        {
            Assert.Contains(expected, problems, StringComparison.Ordinal);
        }

        Assert.Empty(Config.Validate());
    }

    private static string Refusal(ModelConfig config, Tokenizer? tokenizer) =>
        Assert.Throws<ArgumentException>(() => new ModelFile(config, Fill(config), tokenizer: tokenizer)).Message;

    private static IEnumerable<StoredTensor> Fill(ModelConfig config) =>
        config.Parameters().Select(parameter => StoredTensor.FromSingles(parameter.Name, parameter.Shape, new float[parameter.Count]));
}
