using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Carousel.Boundaries;

/// <summary>Who may reference whom: the walls between the assemblies.</summary>
public sealed class ReferenceTests
{
    /// <summary>The rooms of the house and what each may see. A new assembly needs its line here.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Carousel.Runtime"] = [],
        ["Carousel.Jit"] = ["Carousel.Runtime"],
        ["Carousel"] = ["Carousel.Runtime"],
        ["Carousel.Interop"] = ["Carousel.Runtime", "Carousel"],
        ["Carousel.Server"] = ["Carousel.Runtime", "Carousel.Jit"],
        ["Carousel.Cli"] = ["Carousel.Runtime", "Carousel.Jit", "Carousel", "Carousel.Interop", "Carousel.Server"],
    };

    public static TheoryData<string> Projects => new(Repository.Projects);

    [Theory]
    [MemberData(nameof(Projects))]
    public void Assembly_references_only_the_rooms_it_may_see(string project)
    {
        Assert.Contains(project, Allowed.Keys);
        string[] seen = [.. AssemblyReferences(project).Where(Repository.Projects.Contains), .. Repository.References(project, "ProjectReference")];
        Assert.Empty(seen.Distinct().Except(Allowed[project]));
    }

    [Fact]
    public void Runtime_references_the_base_class_library_only()
    {
        Assert.Empty(Repository.References("Carousel.Runtime", "PackageReference"));
        Assert.Empty(Repository.References("Carousel.Runtime", "ProjectReference"));
        Assert.Empty(Repository.References("Carousel.Runtime", "Reference"));
        Assert.Empty(Repository.References("Carousel.Runtime", "FrameworkReference"));

        // The shared framework's folder holds the base class library and nothing else; packages named System.* are not in it.
        string library = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string[] references = AssemblyReferences("Carousel.Runtime");
        Assert.Contains("System.Runtime", references);
        Assert.DoesNotContain(references, name => !File.Exists(Path.Combine(library, $"{name}.dll")));
    }

    [Fact]
    public void Allowed_references_form_no_circle()
    {
        var placed = new HashSet<string>();
        while (Allowed.Keys.FirstOrDefault(project => !placed.Contains(project) && Allowed[project].All(placed.Contains)) is { } next)
        {
            placed.Add(next);
        }

        Assert.Empty(Allowed.Keys.Except(placed));
    }

    [Fact]
    public void Consoles_belong_to_the_command_line_only()
    {
        foreach (string project in Repository.Projects.Except(["Carousel.Cli"]))
        {
            Assert.DoesNotContain("System.Console", AssemblyReferences(project));
            Assert.DoesNotContain(AssemblyReferences(project), name => name.StartsWith("Spectre.", StringComparison.Ordinal) || name == "System.CommandLine");
        }
    }

    private static string[] AssemblyReferences(string project)
    {
        string path = Path.Combine(AppContext.BaseDirectory, $"{project}.dll");
        Assert.True(File.Exists(path), $"{project}.dll is not beside these tests; add a ProjectReference to Carousel.Boundaries.csproj");
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)).Order()];
    }
}
