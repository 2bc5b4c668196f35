using System.Text.Json;

namespace Carousel.Cli.Tests;

/// <summary>--resume: goes on with what is there, and only with that.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly Workplace _workplace = new();

    public void Dispose() => _workplace.Dispose();

    [Fact]
    public async Task Interrupted_train_exits_130_says_how_to_go_on_and_resumes_to_the_same_model()
    {
        string[] train = ["train", "forecast", "--data", _workplace.Data, "--target", "load", "--out", _workplace.Run, .. Workplace.Small];

        CommandRun stopped = await Workplace.RunAsync(train, interrupted: true);
        CommandRun again = await Workplace.RunAsync([.. train, "--resume", "--json"], interrupted: true);
        CommandRun resumed = await Workplace.RunAsync([.. train, "--resume"]);
        byte[] model = await File.ReadAllBytesAsync(_workplace.Model, TestContext.Current.CancellationToken);
        await _workplace.TrainedAsync();

        Assert.Equal((130, 130, 0), (stopped.ExitCode, again.ExitCode, resumed.ExitCode));
        Assert.Contains($"stopped; the checkpoint is saved in {Path.Combine(_workplace.Run, "checkpoint.safetensors")}. To go on, give the same command with --resume", stopped.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("error", stopped.Messages, StringComparison.Ordinal);
        Assert.Equal("cancelled", again.Document.GetProperty("error").GetProperty("kind").GetString());
        Assert.Contains("going on from ", resumed.Messages, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllBytesAsync(_workplace.Model, TestContext.Current.CancellationToken), model);
    }

    [Theory]
    [InlineData("--set", "training.epochs=3")]
    [InlineData("--set", "training.batch_size=7")]
    [InlineData("--seed", "5")]
    [InlineData("--covariate", "heat")]
    public async Task Resume_with_another_recipe_is_refused_and_leaves_the_run_alone(params string[] change)
    {
        await _workplace.TrainedAsync();
        IReadOnlyDictionary<string, string> before = Workplace.Snapshot(_workplace.Run);

        CommandRun run = await _workplace.TrainAsync([.. change, "--resume"]);

        Workplace.AssertFails(run, 1, "checkpoint.safetensors: belongs to another run: the recipe or the data have changed since", "leave out --resume");
        Assert.Equal(before, Workplace.Snapshot(_workplace.Run));
    }

    [Fact]
    public async Task Resume_with_other_data_is_refused_and_leaves_the_run_alone()
    {
        await _workplace.TrainedAsync();
        IReadOnlyDictionary<string, string> before = Workplace.Snapshot(_workplace.Run);
        _workplace.Write("load.csv", Workplace.Series(40, "2026-01-02 14:00:00,50.001,0.5,7"));

        Workplace.AssertFails(await _workplace.TrainAsync("--resume"), 1, "belongs to another run");
        Assert.Equal(before, Workplace.Snapshot(_workplace.Run));
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.6)]
    [InlineData(0.99)]
    public async Task Resume_from_a_damaged_checkpoint_is_refused_and_leaves_the_run_alone(double at)
    {
        await _workplace.TrainedAsync();
        string checkpoint = Path.Combine(_workplace.Run, "checkpoint.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(checkpoint, TestContext.Current.CancellationToken);
        bytes[(int)(at * bytes.Length)] ^= 1;
        await File.WriteAllBytesAsync(checkpoint, bytes, TestContext.Current.CancellationToken);
        IReadOnlyDictionary<string, string> before = Workplace.Snapshot(_workplace.Run);

        Workplace.AssertFails(await _workplace.TrainAsync("--resume"), 1, "checkpoint.safetensors");
        Assert.Equal(before, Workplace.Snapshot(_workplace.Run));
    }

    [Fact]
    public async Task Resume_of_a_finished_run_gives_its_metrics_again_and_removes_what_a_kill_left()
    {
        JsonElement first = (await _workplace.TrainedAsync("--json")).Document;
        string unfinished = Path.Combine(_workplace.Run, ".model.safetensors.abc123.tmp");
        await File.WriteAllTextAsync(unfinished, "half a model", TestContext.Current.CancellationToken);

        JsonElement second = (await _workplace.TrainedAsync("--resume", "--json")).Document;

        Assert.Equal(first.GetProperty("test").GetRawText(), second.GetProperty("test").GetRawText());
        Assert.Equal(first.GetProperty("best").GetRawText(), second.GetProperty("best").GetRawText());
        Assert.False(File.Exists(unfinished));
    }

    [Fact]
    public async Task Resume_where_there_is_no_run_starts_at_the_beginning()
    {
        CommandRun run = await _workplace.TrainedAsync("--resume");

        Assert.Contains("no checkpoint in", run.Messages, StringComparison.Ordinal);
        Assert.True(File.Exists(_workplace.Model));
    }
}
