using Carousel.Runtime.Inputs;
using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Models;

public sealed class ClassifierConfigTests
{
    private static readonly ClassifierConfig Numbers = new() { Labels = ["calm", "wild"], Features = ["x", "y"], Network = new LstmConfig(2, 3) { Bidirectional = true }, AttentionSize = 5 };
    private static readonly ClassifierConfig Text = new() { Labels = ["good", "bad"], VocabularySize = 4, EmbeddingSize = 2, Network = new LstmConfig(2, 3), Pooling = Pooling.Last };
    private static readonly StandardScaler Scaler = new(["x", "y"], [1, 2], [3, 4]);
    private static readonly Tokenizer Tokens = new WordTokenizer(["<pad>", "<unk>", "<eos>", "fine"]);

    [Theory]
    [InlineData(Pooling.Last)]
    [InlineData(Pooling.Max)]
    [InlineData(Pooling.Mean)]
    [InlineData(Pooling.Attention)]
    public void Load_of_saved_model_gives_config_scaler_and_attention(Pooling pooling)
    {
        using var folder = new TemporaryFolder();
        ClassifierConfig config = Numbers with { Pooling = pooling, Dropout = 0.25f };
        new ModelFile(config, Fill(config), Scaler).Save(folder["c.safetensors"]);

        ModelFile loaded = ModelFile.Load(folder["c.safetensors"]);

        Assert.Equal(config, loaded.Config);
        Assert.Equal(Scaler, loaded.Scaler);
        Assert.Equal(pooling == Pooling.Attention, loaded.Parameters.Any(tensor => tensor.Name == "attention.weight_key"));
        Assert.DoesNotContain(loaded.Parameters, tensor => tensor.Name == "embedding.weight");
    }

    [Fact]
    public void Load_of_saved_text_model_gives_tokenizer_and_embedding()
    {
        using var folder = new TemporaryFolder();
        new ModelFile(Text, Fill(Text), tokenizer: Tokens).Save(folder["c.safetensors"]);
        ModelFile loaded = ModelFile.Load(folder["c.safetensors"]);
        Assert.Equal(Text, loaded.Config);
        Assert.Equal(Tokens, loaded.Tokenizer);
        Assert.Equal([4, 2], loaded["embedding.weight"].Shape);
    }

    [Fact]
    public void Scaler_or_tokenizer_that_does_not_fit_is_refused()
    {
        Assert.Contains("scaler is missing", Refusal(Numbers), StringComparison.Ordinal);
        Assert.Contains("expected x, y", Refusal(Numbers, Scaler with { Features = ["y", "x"] }), StringComparison.Ordinal);
        Assert.Contains("this classifier reads numbers", Refusal(Numbers, Scaler, Tokens), StringComparison.Ordinal);
        Assert.Contains("tokenizer is missing", Refusal(Text), StringComparison.Ordinal);
        Assert.Contains("classifier of text scales nothing", Refusal(Text, Scaler, Tokens), StringComparison.Ordinal);
        Assert.Contains("4 tokens, expected vocabulary_size 5", Refusal(Text with { VocabularySize = 5 }, null, Tokens), StringComparison.Ordinal);
        Assert.Contains("no <eos>", Refusal(Text with { VocabularySize = 2 }, null, new WordTokenizer(["<unk>", "fine"])), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_lists_every_problem()
    {
        string problems = string.Join('\n', (Numbers with { Labels = ["calm", "calm", " "], Features = ["x", "x", "y"], Dropout = 1, AttentionSize = 0 }).Validate());
        foreach (string expected in new[] { "label 'calm' stands more than once", "feature 'x' stands more than once", "hold an empty name", "dropout is 1", "attention_size is 0", "network takes 2 features, expected 3" })
        {
            Assert.Contains(expected, problems, StringComparison.Ordinal);
        }

        Assert.Contains("there is nothing to tell apart", string.Join('\n', (Numbers with { Labels = ["calm"] }).Validate()), StringComparison.Ordinal);
        Assert.Contains("numbers or text to read", string.Join('\n', (Numbers with { Features = [] }).Validate()), StringComparison.Ordinal);
        Assert.Contains("expected none for a classifier that reads text", string.Join('\n', (Text with { Features = ["x"] }).Validate()), StringComparison.Ordinal);
        Assert.Empty(Numbers.Validate());
        Assert.Empty(Text.Validate());
    }

    private static string Refusal(ClassifierConfig config, StandardScaler? scaler = null, Tokenizer? tokenizer = null) =>
        Assert.Throws<ArgumentException>(() => new ModelFile(config, Fill(config), scaler, tokenizer: tokenizer)).Message;

    private static IEnumerable<StoredTensor> Fill(ModelConfig config) =>
        config.Parameters().Select(parameter => StoredTensor.FromSingles(parameter.Name, parameter.Shape, new float[parameter.Count]));
}
