namespace Carousel.Cli.Tests;

/// <summary>Where a run is written: places that cannot be, and runs that are there already.</summary>
public sealed class OutputFolderTests : IDisposable
{
    private readonly Workplace _workplace = new();

    public void Dispose() => _workplace.Dispose();

    [Theory]
    [InlineData("note.txt")]
    [InlineData("note.txt/deeper/run")]
    public async Task Train_into_a_file_is_refused_and_the_file_stays(string folder)
    {
        string file = _workplace.Write("note.txt", "mine");

        string[] train = ["train", "forecast", "--data", _workplace.Data, "--target", "load", .. Workplace.Small, "--out", _workplace.PathOf(folder)];

        CommandRun run = await CommandRun.Of(train), resumed = await CommandRun.Of([.. train, "--resume"]);

        Assert.All([run, resumed], result => Workplace.AssertFails(result, 1, "the folder of the run cannot be made", $"{file} is a file, not a folder", "choose a place where you may write"));
        Assert.Equal("mine", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Train_into_a_place_nobody_can_write_to_is_refused()
    {
        Assert.SkipUnless(Directory.Exists("/proc"), "there is no /proc on this system");

        CommandRun run = await CommandRun.Of(["train", "forecast", "--data", _workplace.Data, "--target", "load", .. Workplace.Small, "--out", "/proc/carousel/run"]);

        Workplace.AssertFails(run, 1, "/proc/carousel/run: the folder of the run cannot be made", "choose a place where you may write");
    }

    [Fact]
    public async Task Train_where_a_file_of_the_run_cannot_be_replaced_says_which()
    {
        // A folder stands where the history belongs; permissions would not stop a test that runs as root.
        Directory.CreateDirectory(Path.Combine(_workplace.Run, "history.jsonl"));

        Workplace.AssertFails(await _workplace.TrainAsync(), 1, "history.jsonl: cannot be written: it is a folder");
        Assert.Empty(Directory.EnumerateFiles(_workplace.Run, ".*"));
    }

    [Fact]
    public async Task Train_again_keeps_the_run_before_and_only_that_one()
    {
        await _workplace.TrainedAsync("--seed", "1");
        await _workplace.TrainedAsync("--seed", "2");
        IReadOnlyDictionary<string, string> second = Workplace.Snapshot(_workplace.Run);

        CommandRun third = await _workplace.TrainedAsync("--seed", "3");

        Assert.Equal(second, Workplace.Snapshot(_workplace.Run + ".previous"));
        Assert.NotEqual(second["model.safetensors"], Workplace.Snapshot(_workplace.Run)["model.safetensors"]);
        Assert.Contains($"a run was already there; it is kept in {_workplace.Run}.previous", third.Messages, StringComparison.Ordinal);
        Assert.Equal(["run", "run.previous"], Directory.EnumerateDirectories(Path.GetDirectoryName(_workplace.Run)!).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Train_leaves_other_files_of_the_folder_alone()
    {
        Directory.CreateDirectory(_workplace.Run);
        string note = Path.Combine(_workplace.Run, "note.txt");
        await File.WriteAllTextAsync(note, "mine", TestContext.Current.CancellationToken);

        await _workplace.TrainedAsync();
        await _workplace.TrainedAsync("--resume");

        Assert.Equal("mine", await File.ReadAllTextAsync(note, TestContext.Current.CancellationToken));
        Assert.Equal(["checkpoint.safetensors", "history.jsonl", "model.safetensors", "note.txt", "recipe.json", "report.html"], Workplace.Snapshot(_workplace.Run).Keys.Order());
    }
}
