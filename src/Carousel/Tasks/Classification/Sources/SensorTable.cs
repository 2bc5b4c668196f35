using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>Reads sequences from separated values with a header: one file for one sequence, or a long table in which a column says which rows belong together.</summary>
internal static class SensorTable
{
    /// <summary>A file that is one sequence.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">Columns and rules.</param>
    /// <param name="label">What it is.</param>
    /// <exception cref="DataFileException">The file is missing or damaged.</exception>
    public static Example<SensorSequence> ReadOne(string path, SensorSource source, string label)
    {
        string name = Path.GetFileName(path);
        using StreamReader reader = Open(path, name);
        using var table = new CsvTable(name, reader);
        return ReadOne(table, name, source, label);
    }

    /// <summary>A table with a label and a sequence column.</summary>
    /// <exception cref="DataFileException">The file is missing or damaged, or a sequence has two labels.</exception>
    public static IReadOnlyList<Example<SensorSequence>> ReadLabelled(string path, SensorSource source)
    {
        string name = Path.GetFileName(path);
        using StreamReader reader = Open(path, name);
        using var table = new CsvTable(name, reader);
        var columns = new ColumnNames(name, table.Names);
        return ReadLong(table, name, source, columns.IndexOf(source.SequenceColumn), columns.IndexOf(source.LabelColumn));
    }

    /// <summary>A table with a sequence column, or without one, in which case it is one sequence; a label column is passed over.</summary>
    /// <exception cref="DataFileException">The file is missing or damaged.</exception>
    public static IReadOnlyList<Example<SensorSequence>> ReadUnlabelled(string path, SensorSource source)
    {
        string name = Path.GetFileName(path);
        using StreamReader reader = Open(path, name);
        using var table = new CsvTable(name, reader);
        return ReadUnlabelled(table, name, source);
    }

    /// <inheritdoc cref="ReadUnlabelled(string, SensorSource)"/>
    public static IReadOnlyList<Example<SensorSequence>> ReadUnlabelled(CsvTable table, string name, SensorSource source)
    {
        int sequence = Array.IndexOf(table.Names, source.SequenceColumn), label = Array.IndexOf(table.Names, source.LabelColumn);
        return sequence < 0 ? [ReadOne(table, name, source, "")] : ReadLong(table, name, source, sequence, label);
    }

    /// <summary>Positions of the columns to read: those the source names, else all but the ones given and dates.</summary>
    /// <param name="table">At its first row.</param>
    /// <param name="file">For messages.</param>
    /// <param name="source">Names columns.</param>
    /// <param name="without">Positions to leave out.</param>
    public static int[] FeatureColumns(CsvTable table, string file, SensorSource source, params IReadOnlyList<int> without)
    {
        var columns = new ColumnNames(file, table.Names);
        int[] chosen = source.Features.Count > 0
            ? [.. source.Features.Select(columns.IndexOf)]
            : [.. Enumerable.Range(0, table.Names.Length).Where(at => !without.Contains(at) && (CsvValues.TryNumber(table.Row[at], out _) || !CsvValues.TryDate(table.Row[at], out _)))];
        return chosen.Length > 0 ? chosen : throw new DataFileException(file, $"has no column of numbers; columns: {string.Join(", ", table.Names)}");
    }

    private static Example<SensorSequence> ReadOne(CsvTable table, string name, SensorSource source, string label)
    {
        if (!table.Read())
        {
            throw new DataFileException(name, "has a header but no rows: a sequence of no steps cannot be classified");
        }

        int[] columns = FeatureColumns(table, name, source, Array.IndexOf(table.Names, source.LabelColumn));
        var rows = new List<double>();
        do
        {
            rows.AddRange(columns.Select(column => table.Number(column, source.Missing)));
        }
        while (table.Read());

        return new Example<SensorSequence>(MissingValues.Fill([.. columns.Select(column => table.Names[column])], [.. rows], source.Missing, name, null), label, name);
    }

    private static List<Example<SensorSequence>> ReadLong(CsvTable table, string name, SensorSource source, int sequence, int label)
    {
        var found = new Dictionary<string, (List<double> Rows, string Label, long Line)>(StringComparer.Ordinal);
        var order = new List<string>();
        int[]? columns = null;
        while (table.Read())
        {
            columns ??= FeatureColumns(table, name, source, sequence, label);
            string id = table.Row[sequence], own = label < 0 ? "" : table.Row[label];
            if (!found.TryGetValue(id, out (List<double> Rows, string Label, long Line) entry))
            {
                found[id] = entry = ([], own, table.Line);
                order.Add(id);
            }

            if (entry.Label != own)
            {
                throw new DataFileException(name, $"sequence '{id}' has the label '{own}' here and '{entry.Label}' in line {entry.Line}, expected one label for all its rows", table.Line, table.Names[label]);
            }

            entry.Rows.AddRange(columns.Select(column => table.Number(column, source.Missing)));
        }

        if (columns is null)
        {
            throw new DataFileException(name, "has a header but no rows, expected rows of numbers below it");
        }

        string[] features = [.. columns.Select(column => table.Names[column])];
        return [.. order.Select(id => new Example<SensorSequence>(MissingValues.Fill(features, [.. found[id].Rows], source.Missing, name, found[id].Line), found[id].Label, name, found[id].Line))];
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="DataFileException">There is no such file.</exception>
    public static StreamReader Open(string path, string name) => File.Exists(path) ? new StreamReader(path) : throw new DataFileException(name, $"no such file: {path}");
}
