namespace Carousel.Cli.Tests;

public sealed class LanguageModelCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-lm-").FullName;

    private string Text => Path.Combine(_folder, "song.txt");

    private string Run => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("word")]
    [InlineData("character")]
    public async Task Train_then_evaluate_a_text(string unit)
    {
        await WriteAsync(string.Concat(Enumerable.Repeat("merrily merrily life is but a dream\n", 60)));

        CommandRun trained = await TrainAsync("--set", $"text.unit={unit}", "training.epochs=2", "training.batch_size=4", "--hidden", "8", "--json");
        Assert.True(trained.ExitCode == 0, trained.Messages);
        double perplexity = trained.Document.GetProperty("test").GetProperty("metrics").GetProperty("perplexity").GetDouble();
        Assert.Equal("lm", trained.Document.GetProperty("task").GetString());
        Assert.True(perplexity > 1);
        Assert.True(trained.Document.GetProperty("tokens_per_second").GetDouble() > 0);
        Assert.Equal(["checkpoint.safetensors", "history.jsonl", "model.safetensors", "recipe.json", "report.html"], Directory.GetFiles(Run).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        CommandRun evaluated = await CommandRun.Of("evaluate", Path.Combine(Run, "model.safetensors"), "--data", Text, "--json");
        Assert.True(evaluated.ExitCode == 0, evaluated.Messages);
        Assert.Equal(perplexity, evaluated.Document.GetProperty("metrics").GetProperty("perplexity").GetDouble());

        CommandRun compiled = await CommandRun.Of("evaluate", Path.Combine(Run, "model.safetensors"), "--data", Text, "--precision", "int8", "--json");
        Assert.Equal(perplexity, compiled.Document.GetProperty("float32").GetProperty("perplexity").GetDouble(), 1e-5);
        Assert.Equal(perplexity, compiled.Document.GetProperty("metrics").GetProperty("perplexity").GetDouble(), 0.01 * perplexity);
        Assert.InRange(compiled.Document.GetProperty("largest_output_difference").GetDouble(), 1e-9, 0.1);

        CommandRun inspected = await CommandRun.Of("inspect", Path.Combine(Run, "model.safetensors"), "--json");
        Assert.Equal(unit, inspected.Document.GetProperty("tokenizer").GetProperty("unit").GetString());
        AssertError(await CommandRun.Of("forecast", Path.Combine(Run, "model.safetensors"), "--input", Text), "task 'lm', expected 'forecast'");
    }

    [Theory]
    [InlineData("word")]
    [InlineData("character")]
    [InlineData("subword")]
    public async Task Train_then_generate_text(string unit)
    {
        await WriteAsync(string.Concat(Enumerable.Repeat("merrily merrily life is but a dream\n", 60)));
        CommandRun trained = await TrainAsync("--set", $"text.unit={unit}", "text.subwords=270", "training.epochs=2", "training.batch_size=4", "--hidden", "8", "--json");
        Assert.True(trained.ExitCode == 0, trained.Messages);
        string model = Path.Combine(Run, "model.safetensors");

        string[] settings = ["--tokens", "40", "--temperature", "0.8", "--top-k", "20", "--top-p", "0.95", "--repetition-penalty", "1.1", "--seed", "3"];
        CommandRun generated = await CommandRun.Of(["generate", model, "--prompt", "life is", .. settings, "--json"]);
        Assert.True(generated.ExitCode == 0, generated.Messages);
        System.Text.Json.JsonElement text = generated.Document.GetProperty("texts").EnumerateArray().Single();
        Assert.Equal(("life is", 40, "length"), (text.GetProperty("prompt").GetString(), text.GetProperty("tokens").GetInt32(), text.GetProperty("end").GetString()));

        CommandRun streamed = await CommandRun.Of(["generate", model, "--prompt", "life is", .. settings]);
        Assert.Equal($"life is{text.GetProperty("text").GetString()}\n", streamed.Output);

        await File.WriteAllTextAsync(Path.Combine(_folder, "prompts.txt"), "a\nbut\n", TestContext.Current.CancellationToken);
        CommandRun lines = await CommandRun.Of(["generate", model, "--input", Path.Combine(_folder, "prompts.txt"), "--precision", "int8", .. settings, "--json"]);
        Assert.Equal(["a", "but"], lines.Document.GetProperty("texts").EnumerateArray().Select(each => each.GetProperty("prompt").GetString()));
    }

    [Fact]
    public async Task Generate_with_wrong_settings_is_a_wrong_usage()
    {
        CommandRun run = await CommandRun.Of("generate", "none", "--temperature", "-1", "--json");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("temperature is -1", run.Messages, StringComparison.Ordinal);
        Assert.Equal(2, (await CommandRun.Of("generate", "none", "--prompt", "a", "--input", "b")).ExitCode);
    }

    [Fact]
    public async Task Train_in_bf16_says_what_multiplies_and_writes_an_ordinary_model()
    {
        await WriteAsync(string.Concat(Enumerable.Repeat("merrily merrily life is but a dream\n", 60)));

        CommandRun trained = await TrainAsync("--precision", "bf16", "--epochs", "2", "--set", "training.batch_size=4", "--hidden", "8", "--json");

        // This process has not registered the emitted kernels.
        Assert.True(trained.ExitCode == 0, trained.Messages);
        Assert.Contains("bf16: this machine multiplies in float32, operands rounded to bf16", trained.Messages, StringComparison.Ordinal);
        string kernels = trained.Document.GetProperty("kernels").GetString()!;
        Assert.EndsWith("/rounded", kernels, StringComparison.Ordinal);
        string[] history = await File.ReadAllLinesAsync(Path.Combine(Run, "history.jsonl"), TestContext.Current.CancellationToken);
        Assert.All(history, line => Assert.Contains($"\"kernels\":\"{kernels}\"", line, StringComparison.Ordinal));
        Assert.Contains("operands rounded to bf16", await File.ReadAllTextAsync(Path.Combine(Run, "report.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        CommandRun inspected = await CommandRun.Of("inspect", Path.Combine(Run, "model.safetensors"), "--json");
        Assert.All(inspected.Document.GetProperty("tensors").EnumerateArray(), tensor => Assert.Equal("F32", tensor.GetProperty("dtype").GetString()));
    }

    [Fact]
    public async Task Train_in_an_unknown_precision_is_a_wrong_usage()
    {
        CommandRun run = await TrainAsync("--precision", "fp8");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("fp8", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_with_another_recipe_is_refused_and_leaves_the_run_alone()
    {
        await WriteAsync(string.Concat(Enumerable.Repeat("merrily merrily life is but a dream\n", 60)));
        CommandRun trained = await TrainAsync("--epochs", "1", "--hidden", "8");
        Assert.True(trained.ExitCode == 0, trained.Messages);
        IReadOnlyDictionary<string, string> before = Workplace.Snapshot(Run);

        AssertError(await TrainAsync("--epochs", "2", "--hidden", "8", "--resume"), "belongs to another run");
        Assert.Equal(before, Workplace.Snapshot(Run));
    }

    [Theory]
    [InlineData(null, "no such file")]
    [InlineData("", "is empty")]
    [InlineData("one line\n", "cannot be cut")]
    public async Task Train_wrong_text_is_named(string? text, string message)
    {
        if (text is not null)
        {
            await WriteAsync(text);
        }

        AssertError(await TrainAsync(), message);
        Assert.False(Directory.Exists(Run));
    }

    [Theory]
    [InlineData("model.dropout=1", "model.dropout is 1")]
    [InlineData("model.network.bidirectional=true", "must not see what comes next")]
    [InlineData("text.unit=syllable", "expected one of word, character")]
    [InlineData("model.horizon=3", "model.horizon: unknown key")]
    [InlineData("text.minimum_count=0", "text.minimum_count is 0")]
    public async Task Train_wrong_option_is_named(string change, string message)
    {
        await WriteAsync(string.Concat(Enumerable.Repeat("life is but a dream\n", 60)));
        AssertError(await TrainAsync("--set", change), message);
        Assert.False(Directory.Exists(Run));
    }

    [Theory]
    [InlineData("""{"task":"poetry"}""", "task is 'poetry', expected one of forecast, lm")]
    [InlineData("""{"task":"lm","modell":{}}""", "modell: unknown key (did you mean 'model'?)")]
    public async Task Train_wrong_recipe_is_named(string recipe, string message)
    {
        string path = Path.Combine(_folder, "recipe.json");
        await File.WriteAllTextAsync(path, recipe, TestContext.Current.CancellationToken);
        AssertError(await CommandRun.Of("train", path, "--data", Text, "--out", Run), message);
    }

    private Task WriteAsync(string text) => File.WriteAllTextAsync(Text, text, TestContext.Current.CancellationToken);

    private Task<CommandRun> TrainAsync(params string[] options) => CommandRun.Of(["train", "lm", "--data", Text, "--out", Run, .. options]);

    private static void AssertError(CommandRun run, string message)
    {
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Messages, StringComparison.Ordinal);
    }
}
