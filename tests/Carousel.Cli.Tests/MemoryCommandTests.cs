using System.Text.Json;

namespace Carousel.Cli.Tests;

/// <summary><c>train memory</c> makes its data up, and <c>evaluate</c> knows its models by their recipe.</summary>
public sealed class MemoryCommandTests : IDisposable
{
    private readonly Workplace _place = new();

    [Fact]
    public async Task Train_and_evaluate_without_data()
    {
        string[] small = ["--set", "length=4", "--set", "examples=60", "--set", "held=20", "--set", "model.hidden_size=4", "--epochs", "2", "--threads", "1"];
        CommandRun trained = await CommandRun.Of(["train", "memory", "--out", _place.Run, .. small, "--json"]);
        Assert.True(trained.ExitCode == 0, trained.Messages);
        double mse = trained.Document.GetProperty("test").GetProperty("metrics").GetProperty("mse").GetDouble();
        Assert.Equal(1.0 / 6, trained.Document.GetProperty("baselines").GetProperty("without_memory").GetProperty("mse").GetDouble(), 1e-9);
        Assert.True(File.Exists(trained.Document.GetProperty("report").GetString()));
        JsonElement measured = (await CommandRun.Of("evaluate", _place.Model, "--json")).Document;
        Assert.Equal(("memory", 20), (measured.GetProperty("task").GetString(), measured.GetProperty("examples").GetInt32()));
        Assert.Equal(mse, measured.GetProperty("metrics").GetProperty("mse").GetDouble());
    }

    [Fact]
    public async Task Data_are_asked_for_where_a_task_needs_them()
    {
        Workplace.AssertFails(await CommandRun.Of("train", "forecast", "--out", _place.Run), 2, "--data is missing");
        await _place.TrainedAsync();
        Workplace.AssertFails(await CommandRun.Of("evaluate", _place.Model), 2, "--data is missing");
    }

    /// <inheritdoc/>
    public void Dispose() => _place.Dispose();
}
