using Carousel.Training;

namespace Carousel.Tests.Training;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory().FullName;

    private string Out => Path.Combine(_root, "run");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Create_in_a_new_place_keeps_nothing()
    {
        using var folder = RunFolder.Create(Out);

        Assert.True(Directory.Exists(folder.Path));
        Assert.Null(folder.Kept);
    }

    [Fact]
    public void Create_over_a_run_keeps_it_beside_and_replaces_the_one_kept_before()
    {
        foreach (string content in new[] { "first", "second", "third" })
        {
            Write(content);
        }

        Assert.Equal("third", File.ReadAllText(Path.Combine(Out, "recipe.json")));
        Assert.Equal(["recipe.json"], Directory.GetFileSystemEntries(Out + ".previous").Select(Path.GetFileName));
        Assert.Equal("second", File.ReadAllText(Path.Combine(Out + ".previous", "recipe.json")));
        Assert.Equal(2, Directory.GetDirectories(_root).Length);
    }

    [Fact]
    public void Create_over_a_run_keeps_whatever_else_is_in_its_folder()
    {
        Write("first");
        Directory.CreateDirectory(Path.Combine(Out, "notes"));
        File.WriteAllText(Path.Combine(Out, "notes", "thesis.txt"), "years of work");

        using var folder = RunFolder.Create(Out + Path.DirectorySeparatorChar);

        Assert.Equal(Out + ".previous", folder.Kept);
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(Out + ".previous", "notes", "thesis.txt")));
    }

    [Fact]
    public void Create_over_a_folder_of_something_else_leaves_it_as_it_is()
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "thesis.txt"), "years of work");

        using var folder = RunFolder.Create(Out);

        Assert.Null(folder.Kept);
        Assert.True(File.Exists(Path.Combine(Out, "thesis.txt")));
    }

    [Fact]
    public void Create_never_deletes_a_previous_folder_that_holds_no_run()
    {
        Write("first");
        Directory.CreateDirectory(Out + ".previous");
        File.WriteAllText(Path.Combine(Out + ".previous", "thesis.txt"), "years of work");

        Assert.Throws<IOException>(() => RunFolder.Create(Out));

        Assert.True(File.Exists(Path.Combine(Out + ".previous", "thesis.txt")));
        Assert.Equal("first", File.ReadAllText(Path.Combine(Out, "recipe.json")));
        RunFolder.Open(Out).Dispose(); // and the folder is not left locked
    }

    /// <summary>Of a run with stages, each in a folder of its own, and not of runs further down.</summary>
    [Fact]
    public void LastCheckpoint_is_the_newest_of_the_run_and_its_stages()
    {
        using var folder = RunFolder.Create(Out);
        Assert.Null(folder.LastCheckpoint);

        string stage = Checkpoint(1, "stage");
        Assert.Null(folder.LastCheckpoint); // a folder of runs, not one of a run
        folder.WriteRecipe("{}");
        string own = Checkpoint(0);
        Checkpoint(2, "stage", "deeper");
        Assert.Equal(stage, folder.LastCheckpoint);
        File.SetLastWriteTimeUtc(own, DateTime.UnixEpoch.AddDays(3));
        Assert.Equal(own, folder.LastCheckpoint);

        string Checkpoint(int day, params string[] within)
        {
            string place = Directory.CreateDirectory(Path.Combine([Out, .. within])).FullName, path = Path.Combine(place, "checkpoint.safetensors");
            File.WriteAllText(path, "");
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddDays(day));
            return path;
        }
    }

    [Fact]
    public void Open_removes_what_a_killed_process_left_half_written()
    {
        Write("{}");
        File.WriteAllText(Path.Combine(Out, ".model.safetensors.abc.tmp"), "half");

        RunFolder.Open(Out).Dispose();

        Assert.Equal(["recipe.json"], Directory.GetFiles(Out).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_that_is_written_is_refused_with_its_name_and_stays_as_it_is()
    {
        using (var first = RunFolder.Create(Out))
        {
            first.WriteRecipe("first");

            foreach (Func<string, RunFolder> second in new[] { RunFolder.Create, RunFolder.Open })
            {
                string problem = Assert.Throws<IOException>(() => second(Out)).Message;
                Assert.Contains($"{Out}: another run is being written in this folder", problem, StringComparison.Ordinal);
                Assert.Contains("wait until it has ended or stop it, or choose another folder", problem, StringComparison.Ordinal);
            }

            Assert.Equal("first", File.ReadAllText(first.Recipe));
            Assert.False(Directory.Exists(Out + ".previous"));
        }

        RunFolder.Open(Out).Dispose();
        Assert.Equal(["recipe.json"], Directory.GetFiles(Out).Select(Path.GetFileName));
    }

    [Fact]
    public void A_lock_that_a_killed_process_left_does_not_hinder()
    {
        Write("{}");
        File.WriteAllText(Path.Combine(Out, ".lock"), "");

        RunFolder.Open(Out).Dispose();

        Assert.Equal(["recipe.json"], Directory.GetFiles(Out).Select(Path.GetFileName));
    }

    private void Write(string recipe)
    {
        using var folder = RunFolder.Create(Out);
        folder.WriteRecipe(recipe);
    }
}
