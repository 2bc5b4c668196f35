namespace Carousel.Data;

/// <summary>Columns of numbers over time: the targets first, then the covariates. Every number is finite; rows are in chronological order.</summary>
public sealed class Series
{
    private readonly double[][] _columns;
    private readonly IReadOnlyList<Gap> _interpolated;

    internal Series(string name, IReadOnlyList<DateTime>? timestamps, IReadOnlyList<string> columns, int targets, double[][] values, IReadOnlyList<Gap> interpolated)
    {
        Name = name;
        Timestamps = timestamps;
        Columns = columns;
        TargetCount = targets;
        _columns = values;
        _interpolated = interpolated;
    }

    /// <summary>Name of the file the series came from, as messages give it.</summary>
    public string Name { get; }

    /// <summary>Number of rows N.</summary>
    public int Rows => _columns[0].Length;

    /// <summary>Time of each row [N], ascending, as universal time; null when the file has no date column.</summary>
    public IReadOnlyList<DateTime>? Timestamps { get; }

    /// <summary>Names of the F columns, targets first.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Number of targets K.</summary>
    public int TargetCount { get; }

    /// <summary>Time between two rows: the median difference; null without timestamps or with fewer than two rows.</summary>
    public TimeSpan? Step
    {
        get
        {
            if (Timestamps is null || Rows < 2)
            {
                return null;
            }

            long[] ticks = [.. Timestamps.Skip(1).Zip(Timestamps, (later, earlier) => (later - earlier).Ticks).Order()];
            return TimeSpan.FromTicks(ticks[ticks.Length / 2]);
        }
    }

    /// <summary>
    /// The step as a number and a unit, such as 15min, 1h, 1d, 1month, as a model's config writes it; months where every row is on the same
    /// day of its month, else the largest unit that divides the step. Null without a step of a second or more.
    /// </summary>
    public string? Frequency
    {
        get
        {
            if (Step is not { TotalSeconds: >= 1 } step)
            {
                return null;
            }

            if (IsMonthly)
            {
                int months = MonthsOf(step);
                return months % 12 == 0 ? $"{months / 12}year" : $"{months}month";
            }

            long seconds = (long)step.TotalSeconds;
            (long size, string unit) = new[] { (604_800L, "w"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s") }.First(candidate => seconds % candidate.Item1 == 0);
            return $"{seconds / size}{unit}";
        }
    }

    /// <summary>Values of one column [N], in the units of the file.</summary>
    /// <param name="column">Which column, 0 … F − 1.</param>
    public ReadOnlySpan<double> this[int column] => _columns[column];

    /// <summary>Makes a series of numbers that are in memory already.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="columns">Name and values of each column, targets first; all of one length, all finite.</param>
    /// <param name="targets">How many of them are targets, 1 or more.</param>
    /// <param name="timestamps">Time of each row, ascending; null for none.</param>
    /// <exception cref="ArgumentException">The lengths differ, a number is not finite, or there is no column or row.</exception>
    public static Series Of(string name, IReadOnlyList<(string Name, double[] Values)> columns, int targets = 1, IReadOnlyList<DateTime>? timestamps = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(targets, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targets, columns.Count);
        int rows = columns[0].Values.Length;
        foreach ((string column, double[] values) in columns)
        {
            if (values.Length != rows || rows == 0 || !values.All(double.IsFinite))
            {
                throw new ArgumentException($"column '{column}' holds {values.Length} values, expected {Math.Max(rows, 1)} finite numbers", nameof(columns));
            }
        }

        if (timestamps is not null && timestamps.Count != rows)
        {
            throw new ArgumentException($"{timestamps.Count} timestamps for {rows} rows", nameof(timestamps));
        }

        return new Series(name, timestamps, [.. columns.Select(column => column.Name)], targets, [.. columns.Select(column => column.Values.ToArray())], []);
    }

    /// <summary>Reads a file of separated values with a header line.</summary>
    /// <param name="path">Path of the file, UTF-8 or with a byte order mark.</param>
    /// <param name="options">Which columns and how; null for the defaults.</param>
    /// <exception cref="DataFileException">The file is absent or cannot be used; the message names the line and the column.</exception>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public static Series FromCsv(string path, CsvOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string name = Path.GetFileName(path);
        if (Directory.Exists(path))
        {
            throw new DataFileException(name, "is a folder, expected a file of separated values");
        }

        if (!File.Exists(path))
        {
            throw new DataFileException(name, $"no such file in {Path.GetDirectoryName(Path.GetFullPath(path))}");
        }

        try
        {
            using var reader = new StreamReader(path);
            return FromCsv(reader, name, options);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(name, $"cannot be read: {failure.Message}", inner: failure);
        }
    }

    /// <summary>Reads separated values with a header line from an open text, such as standard input.</summary>
    /// <param name="reader">The text; read to its end, not disposed.</param>
    /// <param name="name">Name for messages.</param>
    /// <param name="options">Which columns and how; null for the defaults.</param>
    /// <exception cref="DataFileException">The text cannot be used; the message names the line and the column.</exception>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public static Series FromCsv(TextReader reader, string name, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new CsvSeriesReader(name, options ?? new CsvOptions()).Read(reader);
    }

    /// <summary>
    /// Times of the rows that follow the last one: whole months further where every row is on the same day of its month, else one
    /// <see cref="Step"/> further each; null without timestamps.
    /// </summary>
    /// <param name="count">How many.</param>
    public IReadOnlyList<DateTime>? TimestampsAfter(int count)
    {
        if (Timestamps is not { } times || Step is not { } step)
        {
            return null;
        }

        DateTime last = times[^1];
        bool monthly = IsMonthly;
        return [.. Enumerable.Range(1, count).Select(i => monthly ? last.AddMonths(i * MonthsOf(step)) : last.AddTicks(i * step.Ticks))];
    }

    private bool IsMonthly =>
        Step is { TotalDays: >= 28 } && Timestamps!.All(time => time.Day == Timestamps![0].Day && time.TimeOfDay == Timestamps[0].TimeOfDay);

    private static int MonthsOf(TimeSpan step) => (int)Math.Round(step.TotalDays / 30.44);

    /// <summary>
    /// The series with every interpolated gap that spans <paramref name="row"/> filled, before that row, with the value in front of the gap:
    /// rows before the boundary then depend on nothing at or after it.
    /// </summary>
    internal Series WithoutInterpolationAcross(int row)
    {
        var spanning = _interpolated.Where(gap => gap.Start < row && gap.End >= row).ToList();
        if (spanning.Count == 0)
        {
            return this;
        }

        double[][] columns = [.. _columns.Select(values => values.ToArray())];
        foreach (Gap gap in spanning)
        {
            if (gap.Start == 0)
            {
                throw new DataFileException(Name, $"the first {row} rows hold no value, expected one or more in each part of the split", column: Columns[gap.Column]);
            }

            columns[gap.Column].AsSpan(gap.Start, row - gap.Start).Fill(columns[gap.Column][gap.Start - 1]);
        }

        return new Series(Name, Timestamps, Columns, TargetCount, columns, _interpolated);
    }
}
