namespace Carousel.Cli.Benchmarks;

/// <summary>The engines that <c>carousel bench latency</c> and <c>throughput</c> measure, from the list <see cref="FileName"/> of a folder. Their processes live as long as this.</summary>
internal sealed class RivalCatalog : IDisposable
{
    /// <summary>Name of the list.</summary>
    public const string FileName = "rivals.json";

    private readonly string _folder;
    private readonly RivalEntry[] _entries;
    private readonly Dictionary<(RivalEntry Entry, int Threads), RivalWorker> _workers = [];

    /// <summary>Reads the list; starts nothing yet.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such list.</exception>
    public RivalCatalog(string folder)
    {
        _folder = Path.GetFullPath(folder);
        _entries = RivalEntry.ReadAll(Path.Combine(_folder, FileName));
    }

    /// <summary>The rivals that can run cells, each once in every precision that one of them is to be compared with. A rival has no sliding window.</summary>
    /// <param name="cells">Of one model, number of threads and batch.</param>
    public IEnumerable<Contender> Prepare(IReadOnlyList<BenchmarkCell> cells)
    {
        foreach ((RivalEntry entry, string precision, BenchmarkCell cell) in Runnable(cells))
        {
            if (!_workers.TryGetValue((entry, cell.Threads), out RivalWorker? worker))
            {
                _workers[(entry, cell.Threads)] = worker = entry.Start(cell.Threads, _folder);
            }

            yield return new RivalContender(worker, cell, precision);
        }
    }

    /// <summary>The cells that <see cref="Prepare"/> would prepare, in the precisions of the rivals.</summary>
    /// <param name="cells">As there.</param>
    public IEnumerable<BenchmarkCell> Work(IReadOnlyList<BenchmarkCell> cells) => Runnable(cells).Select(static work => work.Cell with { Precision = work.Precision });

    private IEnumerable<(RivalEntry Entry, string Precision, BenchmarkCell Cell)> Runnable(IReadOnlyList<BenchmarkCell> cells) =>
        from entry in _entries
        from precision in entry.Precisions
        let cell = cells.FirstOrDefault(cell => cell.Shape is not null && cell.Mode != CallMode.Sliding && Precisions.IsComparable(cell.Precision, precision))
        where cell is not null
        select (entry, precision, cell);

    /// <summary>Ends the workers.</summary>
    public void Dispose()
    {
        foreach (RivalWorker worker in _workers.Values)
        {
            worker.Dispose();
        }
    }
}
