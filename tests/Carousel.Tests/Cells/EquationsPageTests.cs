using Carousel.Networks;
using Carousel.Numerics;
using Carousel.Runtime.Models;

namespace Carousel.Tests.Cells;

/// <summary>The page of equations and the tests of the laws forget no cell.</summary>
public sealed class EquationsPageTests
{
    public static TheoryData<string> Kinds =>
        [.. typeof(RecurrentConfig).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(RecurrentConfig))).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_cell_has_a_section_with_its_layer_and_its_tensors(string kind)
    {
        string page = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot(), "docs", "equations.md"));
        string section = Assert.Single(page.Split("\n## "), part => part.Contains($"`{kind}`", StringComparison.Ordinal));
        RecurrentConfig[] configs = [.. RecurrentVariants.Forward.Select(row => RecurrentVariants.Config(row.Data, 5, 8)).Where(config => config.GetType().Name == kind && config.Layers == 1)];

        Assert.NotEmpty(configs);
        foreach (RecurrentConfig config in configs)
        {
            Assert.Contains($"`{NetworkFactory.Create(config, new RandomSource(1)).GetType().Name}`", section, StringComparison.Ordinal);
            Assert.All(config.Parameters(), parameter => Assert.Contains($"`{parameter.Name.Replace("_l0", "", StringComparison.Ordinal)}`", section, StringComparison.Ordinal));
        }
    }
}
