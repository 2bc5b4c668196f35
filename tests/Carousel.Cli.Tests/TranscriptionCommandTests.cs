using Carousel.Tests.Tasks.Transcription;

namespace Carousel.Cli.Tests;

public sealed class TranscriptionCommandTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "model.features.kind=precomputed", "model.features.cepstra=4", "model.features.stack=1", "training.epochs=4", "training.batch_size=8", "--set",
        """model.network={"type":"lstm","input_size":0,"hidden_size":12,"bidirectional":true}""",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-speech-").FullName;

    private string Run => Path.Combine(_folder, "run");

    private string Model => Path.Combine(Run, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Train_then_evaluate_in_two_precisions()
    {
        string corpus = SpokenPatterns.Write(Path.Combine(_folder, "corpus"));
        CommandRun trained = await CommandRun.Of(["train", "transcribe", "--data", corpus, "--out", Run, .. Small, "--json"]);
        Assert.True(trained.ExitCode == 0, trained.Messages);
        Assert.Equal("transcribe", trained.Document.GetProperty("task").GetString());
        Assert.Equal(4, trained.Document.GetProperty("labels").GetInt32());
        double words = trained.Document.GetProperty("test").GetProperty("metrics").GetProperty("wer").GetDouble();
        Assert.InRange(words, 0, 2);
        Assert.Equal(["checkpoint.safetensors", "history.jsonl", "model.safetensors", "recipe.json", "report.html"], Directory.GetFiles(Run).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        CommandRun evaluated = await CommandRun.Of("evaluate", Model, "--data", corpus, "--json");
        Assert.True(evaluated.ExitCode == 0, evaluated.Messages);
        Assert.Equal(words, evaluated.Document.GetProperty("metrics").GetProperty("wer").GetDouble());
        Assert.True(evaluated.Document.GetProperty("metrics").TryGetProperty("greedy_cer", out _));
        Assert.Equal(16, evaluated.Document.GetProperty("examples").GetInt32());

        CommandRun compiled = await CommandRun.Of("evaluate", Model, "--data", corpus, "--precision", "int8", "--json");
        Assert.True(compiled.ExitCode == 0, compiled.Messages);
        Assert.Equal(words, compiled.Document.GetProperty("float32").GetProperty("wer").GetDouble());
        Assert.True(compiled.Document.GetProperty("largest_output_difference").GetDouble() > 0);

        CommandRun shown = await CommandRun.Of("evaluate", Model, "--data", corpus, "--split", "valid");
        Assert.Contains("greedy", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_data_and_recipes_are_named()
    {
        await AssertErrorAsync(["train", "transcribe", "--data", Path.Combine(_folder, "nothing"), "--out", Run], "no such file or folder");
        await AssertErrorAsync(["train", "transcribe", "--data", _folder, "--out", Run], "holds neither metadata.csv");
        await AssertErrorAsync(["train", "transcribe", "--data", _folder, "--out", Run, "--set", "model.serach={}"], "did you mean 'search'");
        await AssertErrorAsync(["train", "transcribe", "--data", _folder, "--out", Run, "--set", "masks.time_masks=-1"], "masks.time_masks is -1");
        Assert.False(Directory.Exists(Run));
    }

    private static async Task AssertErrorAsync(string[] arguments, string message)
    {
        CommandRun run = await CommandRun.Of(arguments);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Messages, StringComparison.Ordinal);
    }
}
