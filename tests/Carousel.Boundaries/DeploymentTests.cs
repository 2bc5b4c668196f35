using System.IO.Compression;
using System.Reflection;
using Carousel.Runtime.Streams;

namespace Carousel.Boundaries;

/// <summary>What is promised of the assembly that people deploy.</summary>
public sealed class DeploymentTests
{
    private const long MostBytes = 1_000_000;

    /// <summary>The project sets IsAotCompatible, so the analysers of trimming and of ahead-of-time compilation run in every build, where each warning is an error.</summary>
    [Fact]
    public void Runtime_says_that_it_can_be_trimmed_and_compiled_ahead_of_time()
    {
        Assert.Contains("<IsAotCompatible>true</IsAotCompatible>", File.ReadAllText(Path.Combine(Repository.Root, "src", "Carousel.Runtime", "Carousel.Runtime.csproj")), StringComparison.Ordinal);
        Assert.Contains(typeof(CompiledModel).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>(), attribute => attribute is { Key: "IsTrimmable", Value: "True" });
        Assert.DoesNotContain(Repository.Sources("src/Carousel.Runtime"), file => file.Lines.Any(line => line.Contains("UnconditionalSuppressMessage", StringComparison.Ordinal)));
    }

    [Fact]
    public void Runtime_package_stays_small()
    {
        string assembly = typeof(CompiledModel).Assembly.Location;
        using var packed = new MemoryStream();
        foreach (string file in (string[])[assembly, Path.ChangeExtension(assembly, "xml")])
        {
            using var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true);
            deflate.Write(File.ReadAllBytes(file));
        }

        Assert.InRange(new FileInfo(assembly).Length, 1, MostBytes);
        Assert.InRange(packed.Length, 1, MostBytes);
    }
}
