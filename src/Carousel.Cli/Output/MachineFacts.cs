using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Carousel.Cli.Output;

/// <summary>What a figure must be read beside: processor, cores, operating system, runtime.</summary>
/// <param name="Processor">The processor's name as the system gives it, else its architecture.</param>
/// <param name="Cores">Logical processors this process may use.</param>
/// <param name="System">Operating system.</param>
/// <param name="Runtime">.NET version.</param>
internal sealed record MachineFacts(string Processor, int Cores, string System, string Runtime)
{
    /// <summary>This machine.</summary>
    public static MachineFacts Read() => new(ReadProcessor(), Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    /// <summary>The contract's <c>machine</c> object.</summary>
    public JsonObject ToJson() => new() { ["processor"] = Processor, ["cores"] = Cores, ["system"] = System, ["runtime"] = Runtime };

    private static string ReadProcessor()
    {
        const string Linux = "/proc/cpuinfo";
        string? name = File.Exists(Linux)
            ? File.ReadLines(Linux).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return string.IsNullOrEmpty(name) ? RuntimeInformation.ProcessArchitecture.ToString() : name;
    }
}
