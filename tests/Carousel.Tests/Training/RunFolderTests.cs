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
        (RunFolder folder, string? kept) = RunFolder.Create(Out);

        Assert.True(Directory.Exists(folder.Path));
        Assert.Null(kept);
    }

    [Fact]
    public void Create_over_a_run_keeps_it_beside_and_replaces_the_one_kept_before()
    {
        foreach (string content in new[] { "first", "second", "third" })
        {
            RunFolder.Create(Out).Folder.WriteRecipe(content);
        }

        Assert.Equal("third", File.ReadAllText(Path.Combine(Out, "recipe.json")));
        Assert.Equal("second", File.ReadAllText(Path.Combine(Out + ".previous", "recipe.json")));
        Assert.Equal(2, Directory.GetDirectories(_root).Length);
    }

    [Fact]
    public void Create_over_a_folder_of_something_else_leaves_it_as_it_is()
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "thesis.txt"), "years of work");

        (_, string? kept) = RunFolder.Create(Out);

        Assert.Null(kept);
        Assert.True(File.Exists(Path.Combine(Out, "thesis.txt")));
    }

    [Fact]
    public void Create_never_deletes_a_previous_folder_that_holds_no_run()
    {
        RunFolder.Create(Out).Folder.WriteRecipe("first");
        Directory.CreateDirectory(Out + ".previous");
        File.WriteAllText(Path.Combine(Out + ".previous", "thesis.txt"), "years of work");

        Assert.Throws<IOException>(() => RunFolder.Create(Out));

        Assert.True(File.Exists(Path.Combine(Out + ".previous", "thesis.txt")));
        Assert.Equal("first", File.ReadAllText(Path.Combine(Out, "recipe.json")));
    }

    [Fact]
    public void Open_removes_what_a_killed_process_left_half_written()
    {
        (RunFolder folder, _) = RunFolder.Create(Out);
        folder.WriteRecipe("{}");
        File.WriteAllText(Path.Combine(Out, ".model.safetensors.abc.tmp"), "half");

        RunFolder.Open(Out);

        Assert.Equal(["recipe.json"], Directory.GetFiles(Out).Select(Path.GetFileName));
    }
}
