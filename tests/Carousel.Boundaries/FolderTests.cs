namespace Carousel.Boundaries;

/// <summary>The order within an assembly: folders, namespaces, sizes.</summary>
public sealed class FolderTests
{
    private const int MostLines = 600;

    private static readonly string[] NamesThatSayNothing = ["Utils", "Utilities", "Util", "Helpers", "Helper", "Common", "Misc", "Shared"];

    public static TheoryData<string> Projects => new(Repository.Projects);

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespace_is_the_folder(string project) =>
        Assert.Empty(Repository.Sources($"src/{project}")
            .Where(file => file.Namespace is not null && file.Namespace != file.FolderNamespace)
            .Select(file => $"{file.Path} declares {file.Namespace}, expected {file.FolderNamespace}"));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_form_no_circle(string project)
    {
        // Folder → the folders of the same assembly whose namespaces its files use, with one file as witness each.
        Dictionary<string, Dictionary<string, string>> uses = [];
        foreach (Repository.SourceFile file in Repository.Sources($"src/{project}"))
        {
            if (TopFolder(project, file.FolderNamespace) is not { } from)
            {
                continue;
            }

            Dictionary<string, string> targets = uses.TryGetValue(from, out Dictionary<string, string>? known) ? known : uses[from] = [];
            foreach (string to in file.Usings.Select(name => TopFolder(project, name)).OfType<string>().Where(to => to != from))
            {
                targets.TryAdd(to, file.Path);
            }
        }

        Assert.Empty(Circles(uses));
    }

    [Fact]
    public void Circles_finds_a_circle_and_nothing_else()
    {
        Assert.Empty(Circles(new() { ["A"] = new() { ["B"] = "a.cs", ["C"] = "a.cs" }, ["B"] = new() { ["C"] = "b.cs" }, ["C"] = [] }));
        Assert.Equal(
            ["A uses B: a.cs", "B uses C: b.cs", "C uses A: c.cs"],
            Circles(new() { ["A"] = new() { ["B"] = "a.cs" }, ["B"] = new() { ["C"] = "b.cs", ["D"] = "b.cs" }, ["C"] = new() { ["A"] = "c.cs" }, ["D"] = [] }));
    }

    [Fact]
    public void No_file_is_longer_than_600_lines() =>
        Assert.Empty(new[] { "src", "tests", "bench", "samples" }.Where(folder => Directory.Exists(Path.Combine(Repository.Root, folder)))
            .SelectMany(Repository.Sources)
            .Where(file => file.Lines.Length > MostLines)
            .Select(file => $"{file.Path} has {file.Lines.Length} lines"));

    [Fact]
    public void No_folder_or_file_has_a_name_that_says_nothing() =>
        Assert.DoesNotContain(
            Repository.Sources("src").Select(file => file.Path),
            path => Path.ChangeExtension(path, null).Split('/').Skip(1).SelectMany(part => part.Split('.')).Any(NamesThatSayNothing.Contains));

    [Fact]
    public void Every_project_has_sources_that_these_tests_see() =>
        Assert.All(Repository.Projects, project => Assert.NotEmpty(Repository.Sources($"src/{project}")));

    /// <summary>What is left when folders that use no remaining one are taken away: whatever is on a circle, or leads to one.</summary>
    private static string[] Circles(Dictionary<string, Dictionary<string, string>> uses)
    {
        while (uses.FirstOrDefault(pair => !pair.Value.Keys.Any(uses.ContainsKey)).Key is { } free)
        {
            uses.Remove(free);
        }

        return [.. uses.SelectMany(pair => pair.Value.Where(target => uses.ContainsKey(target.Key)).Select(target => $"{pair.Key} uses {target.Key}: {target.Value}"))];
    }

    /// <summary>The folder right below the project that a namespace of it belongs to; null for the project's root and for other assemblies.</summary>
    private static string? TopFolder(string project, string name)
    {
        // Carousel is a prefix of Carousel.Runtime: the longest project name that fits owns the namespace.
        string? owner = Repository.Projects.Where(other => name == other || name.StartsWith($"{other}.", StringComparison.Ordinal)).MaxBy(other => other.Length);
        return owner == project && name.Length > project.Length ? name[(project.Length + 1)..].Split('.')[0] : null;
    }
}
