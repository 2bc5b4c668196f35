using System.Text.Json;

namespace Carousel.Cli.Benchmarks;

/// <summary>Another engine: a worker process that speaks the protocol of bench/comparison.</summary>
/// <param name="Command">The program; a relative path that begins with a dot is one in the folder of the list.</param>
/// <param name="Arguments">Its arguments; the number of threads follows them.</param>
/// <param name="Precisions">What it can run in.</param>
internal sealed record RivalEntry(string Command, string[]? Arguments, string[] Precisions)
{
    private static readonly JsonSerializerOptions Names = new(JsonSerializerDefaults.Web);

    /// <summary>Reads a list of engines: <c>[{"command": "…", "arguments": ["…"], "precisions": ["float32", …]}, …]</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such list.</exception>
    public static RivalEntry[] ReadAll(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file; bench/comparison/get_rivals.sh installs the rivals and writes it");
        }

        RivalEntry[] entries;
        try
        {
            entries = JsonSerializer.Deserialize<RivalEntry[]>(File.ReadAllText(path), Names) ?? [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }

        return entries.Length > 0 && entries.All(static entry => !string.IsNullOrEmpty(entry.Command) && entry.Precisions is { Length: > 0 })
            ? entries
            : throw new InvalidDataException($"{path}: expected a list of rivals, each with a command and its precisions");
    }

    /// <summary>Starts the worker.</summary>
    /// <param name="threads">Threads it may use.</param>
    /// <param name="folder">Where it runs.</param>
    public RivalWorker Start(int threads, string folder) => new(Command, Arguments ?? [], threads, folder);
}
