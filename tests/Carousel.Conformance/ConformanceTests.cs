using System.Text.Json;

namespace Carousel.Conformance;

/// <summary>Runs every case found below CAROUSEL_VECTORS, one test each. Law 1: every cell, loss, optimiser and metric matches the reference vectors.</summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    private const string NoVectors = "(no vectors)";

    /// <summary>Every JSON file below the vectors folder, except the index.</summary>
    public static TheoryData<string> Cases() => [.. Files() is { Count: > 0 } files ? files : [NoVectors]];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Case_agrees_with_reference(string file)
    {
        string folder = VectorsOrSkip();
        ConformanceCase vector = ConformanceCase.Read(folder, file);
        if (CaseRunners.Find(vector.Kind) is not { } runner)
        {
            Assert.Skip($"kind {vector.Kind} not implemented");
            return;
        }

        var comparison = new Comparison(vector);
        runner.Run(vector, comparison);
        comparison.Finish();
    }

    [Fact]
    public void Every_kind_found_is_implemented()
    {
        string folder = VectorsOrSkip();
        var kinds = Files().GroupBy(file => ConformanceCase.Read(folder, file).Kind, StringComparer.Ordinal).OrderBy(kind => kind.Key, StringComparer.Ordinal).ToList();
        var missing = kinds.Where(kind => CaseRunners.Find(kind.Key) is null).ToList();
        foreach (var kind in kinds)
        {
            output.WriteLine($"{(missing.Contains(kind) ? "not implemented" : "implemented    ")} {kind.Count(),4} × {kind.Key}");
        }

        if (missing.Count > 0)
        {
            Assert.Skip($"{missing.Sum(kind => kind.Count())} cases of {missing.Count} kinds not implemented: "
                + string.Join(", ", missing.Select(kind => $"{kind.Key} × {kind.Count()}")));
        }
    }

    [Fact]
    public void Every_case_of_the_index_is_found()
    {
        string index = Path.Combine(VectorsOrSkip(), "index.json");
        if (!File.Exists(index))
        {
            Assert.Skip("the vectors have no index.json");
        }

        var found = Files().ToHashSet(StringComparer.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(index));
        Assert.All(json.RootElement.EnumerateArray(), entry => Assert.Contains(entry.GetProperty("file").GetString()!, found));
    }

    private static List<string> Files() => SharedFolder.Vectors is not { } folder ? [] :
        [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(file => file != "index.json")
            .Order(StringComparer.Ordinal)];

    private static string VectorsOrSkip() => SharedFolder.Vectors is { } folder && Files().Count > 0
        ? folder
        : throw SharedFolder.Absent("no reference vectors: set CAROUSEL_VECTORS to their folder");
}
