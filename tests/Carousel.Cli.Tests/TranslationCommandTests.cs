namespace Carousel.Cli.Tests;

public sealed class TranslationCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-translate-").FullName;

    private string Pairs => Path.Combine(_folder, "pairs.tsv");

    private string Run => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Train_then_evaluate_sentence_pairs()
    {
        await WriteAsync(string.Concat(Enumerable.Repeat("one two\teins zwei\nthree four\tdrei vier\n", 30)));

        CommandRun trained = await TrainAsync("--set", "text.subwords=280", "training.epochs=2", "model.hidden_size=8", "model.embedding_size=8", "model.attentional_size=0", "--json");

        Assert.True(trained.ExitCode == 0, trained.Messages);
        Assert.Contains("of a batch is padding", trained.Messages, StringComparison.Ordinal);
        double perplexity = trained.Document.GetProperty("test").GetProperty("metrics").GetProperty("perplexity").GetDouble();
        Assert.Equal("translate", trained.Document.GetProperty("task").GetString());
        Assert.Contains("tok:13a", trained.Document.GetProperty("signatures").GetProperty("bleu").GetString(), StringComparison.Ordinal);
        Assert.Equal(["checkpoint.safetensors", "history.jsonl", "model.safetensors", "recipe.json", "report.html"], Directory.GetFiles(Run).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        CommandRun evaluated = await CommandRun.Of("evaluate", Path.Combine(Run, "model.safetensors"), "--data", Pairs, "--json");
        Assert.True(evaluated.ExitCode == 0, evaluated.Messages);
        Assert.Equal(perplexity, evaluated.Document.GetProperty("metrics").GetProperty("perplexity").GetDouble());
        Assert.InRange(evaluated.Document.GetProperty("metrics").GetProperty("chrf").GetDouble(), 0, 100);

        CommandRun compiled = await CommandRun.Of("evaluate", Path.Combine(Run, "model.safetensors"), "--data", Pairs, "--precision", "int8", "--json");
        Assert.Equal(perplexity, compiled.Document.GetProperty("float32").GetProperty("perplexity").GetDouble());
        Assert.Equal(perplexity, compiled.Document.GetProperty("metrics").GetProperty("perplexity").GetDouble(), 0.05 * perplexity);

        CommandRun shown = await CommandRun.Of("evaluate", Path.Combine(Run, "model.safetensors"), "--data", Pairs);
        Assert.Contains("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp", shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one\teins\ntwo\n", "line 2: has 1 column")]
    [InlineData("one\teins\n", "has 1 pairs")]
    public async Task Train_wrong_pairs_are_named(string text, string message)
    {
        await WriteAsync(text);
        AssertError(await TrainAsync(), message);
        Assert.False(Directory.Exists(Run));
    }

    [Theory]
    [InlineData("model.input_feeding=true", "model.attention=none", "model.input_feeding is true, but attention is none")]
    [InlineData("word_dropout=1", "seed=1", "seed: unknown key")]
    [InlineData("word_dropout=1", "training.seed=1", "word_dropout is 1")]
    public async Task Train_wrong_option_is_named(string change, string other, string message)
    {
        await WriteAsync(string.Concat(Enumerable.Repeat("one two\teins zwei\n", 60)));
        AssertError(await TrainAsync("--set", change, other), message);
        Assert.False(Directory.Exists(Run));
    }

    private Task WriteAsync(string text) => File.WriteAllTextAsync(Pairs, text, TestContext.Current.CancellationToken);

    private Task<CommandRun> TrainAsync(params string[] options) => CommandRun.Of(["train", "translate", "--data", Pairs, "--out", Run, .. options]);

    private static void AssertError(CommandRun run, string message)
    {
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Messages, StringComparison.Ordinal);
    }
}
