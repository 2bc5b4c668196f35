using System.Text.Json;

namespace Carousel.Cli.Benchmarks;

/// <summary>
/// Other engines, each a worker process that speaks the protocol of bench/comparison. A folder names them in its file <c>rivals.json</c>: a list of
/// <c>{"command": "…", "arguments": ["…"], "precisions": ["float32", …]}</c>; the number of threads follows the arguments.
/// </summary>
internal sealed class RivalCatalog : IDisposable
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "rivals.json";

    private static readonly JsonSerializerOptions Names = new(JsonSerializerDefaults.Web);

    private readonly string _folder;
    private readonly Entry[] _entries;
    private readonly Dictionary<(Entry Entry, int Threads), RivalWorker> _workers = [];

    /// <summary>Reads the list; starts nothing yet.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such list.</exception>
    public RivalCatalog(string folder)
    {
        _folder = Path.GetFullPath(folder);
        string path = Path.Combine(_folder, FileName);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file; bench/comparison/get_rivals.sh installs the rivals and writes it");
        }

        try
        {
            _entries = JsonSerializer.Deserialize<Entry[]>(File.ReadAllText(path), Names) ?? [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }

        if (_entries.Length == 0 || _entries.Any(static entry => string.IsNullOrEmpty(entry.Command) || entry.Precisions is not { Length: > 0 }))
        {
            throw new InvalidDataException($"{path}: expected a list of rivals, each with a command and its precisions");
        }
    }

    /// <summary>The rivals that can run cells, each once in every precision that one of them is to be compared with. A rival has no sliding window.</summary>
    /// <param name="cells">Of one model, number of threads and batch.</param>
    public IEnumerable<Contender> Prepare(IReadOnlyList<BenchmarkCell> cells)
    {
        BenchmarkCell[] runnable = [.. cells.Where(static cell => cell.Shape is not null && cell.Mode != CallMode.Sliding)];
        foreach (Entry entry in _entries)
        {
            foreach (string precision in entry.Precisions)
            {
                if (Array.Find(runnable, cell => Precisions.IsComparable(cell.Precision, precision)) is not { } cell)
                {
                    continue;
                }

                if (!_workers.TryGetValue((entry, cell.Threads), out RivalWorker? worker))
                {
                    _workers[(entry, cell.Threads)] = worker = new RivalWorker(entry.Command, entry.Arguments ?? [], cell.Threads, _folder);
                }

                yield return new RivalContender(worker, cell, precision);
            }
        }
    }

    /// <summary>Ends the workers.</summary>
    public void Dispose()
    {
        foreach (RivalWorker worker in _workers.Values)
        {
            worker.Dispose();
        }
    }

    private sealed record Entry(string Command, string[]? Arguments, string[] Precisions);
}
