using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>Finds out how a folder or file holds its sequences, and reads them.</summary>
internal static class SensorFiles
{
    private const string IndexName = "index.csv";

    private static readonly string[] Tables = [".csv", ".tsv", ".txt"];

    /// <summary>Reads all parts.</summary>
    /// <param name="path">A file, or a folder.</param>
    /// <param name="source">Columns and rules.</param>
    /// <exception cref="DataFileException">A file is missing or damaged, or there is no telling what the folder holds.</exception>
    public static ExampleParts<SensorSequence> ReadParts(string path, SensorSource source)
    {
        if (!Directory.Exists(path))
        {
            return OfFiles(path, source);
        }

        if (File.Exists(Path.Combine(path, IndexName)))
        {
            return OfIndex(path, source);
        }

        return Directory.EnumerateDirectories(path).Any() ? OfFolders(path, source) : OfFiles(path, source);
    }

    /// <summary>Reads sequences to be classified: the cases of a <c>.ts</c> file, the sequences of a table that has the sequence column, or a table that is one sequence.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">Columns and rules; its features are those of the classifier.</param>
    /// <exception cref="DataFileException">The file is missing or damaged.</exception>
    public static IReadOnlyList<Example<SensorSequence>> ReadUnlabelled(string path, SensorSource source) =>
        IsArchive(path) ? TsFile.Read(path, source) : SensorTable.ReadUnlabelled(path, source);

    private static ExampleParts<SensorSequence> OfFiles(string path, SensorSource source)
    {
        bool isArchive = Directory.Exists(path) ? Directory.EnumerateFiles(path).Any(IsArchive) : IsArchive(path);
        PartFiles files = PartFiles.Find(path, source, isArchive ? [".ts"] : Tables);
        return new ExampleParts<SensorSequence>(path, Read(files.Train), Read(files.Valid), Read(files.Test));

        Example<SensorSequence>[] Read(IReadOnlyList<string> part) => [.. part.SelectMany(file => isArchive ? TsFile.Read(file, source) : SensorTable.ReadLabelled(file, source))];
    }

    // folder / [part /] label / file
    private static ExampleParts<SensorSequence> OfFolders(string path, SensorSource source)
    {
        string[] folders = [.. Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal)];
        bool hasParts = Array.TrueForAll(folders, folder => PartFiles.PartOf(folder) is not null);
        return hasParts
            ? new ExampleParts<SensorSequence>(path, Part("train"), Part("valid"), Part("test"))
            : new ExampleParts<SensorSequence>(path, Labels(path), [], []);

        Example<SensorSequence>[] Part(string name) => [.. folders.Where(folder => PartFiles.PartOf(folder) == name).SelectMany(Labels)];

        Example<SensorSequence>[] Labels(string folder)
        {
            Example<SensorSequence>[] found = [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).SelectMany(label =>
                Directory.EnumerateFiles(label).Where(IsTable).Order(StringComparer.Ordinal).Select(file => SensorTable.ReadOne(file, source, PartFiles.FolderName(label))))];
            return found.Length > 0
                ? found
                : throw new DataFileException(PartFiles.FolderName(folder), $"holds no file LABEL/NAME.csv, expected a folder for each label with a file for each sequence, an {IndexName}, or .ts files");
        }
    }

    // file, label and, if the index says so, part
    private static ExampleParts<SensorSequence> OfIndex(string path, SensorSource source)
    {
        using var reader = new StreamReader(Path.Combine(path, IndexName));
        using var table = new CsvTable(IndexName, reader);
        var columns = new ColumnNames(IndexName, table.Names);
        int file = columns.IndexOf("file"), label = columns.IndexOf(source.LabelColumn), part = Array.IndexOf(table.Names, "part");
        var parts = new Dictionary<string, List<Example<SensorSequence>>> { ["train"] = [], ["valid"] = [], ["test"] = [] };
        while (table.Read())
        {
            string name = part < 0 ? "train" : table.Row[part];
            if (!parts.TryGetValue(name, out List<Example<SensorSequence>>? examples))
            {
                throw new DataFileException(IndexName, $"the part is '{name}', expected train, valid or test", table.Line, "part");
            }

            examples.Add(SensorTable.ReadOne(PartFiles.Below(path, table.Row[file], IndexName, table.Line), source, table.Row[label]));
        }

        return parts["train"].Count > 0
            ? new ExampleParts<SensorSequence>(path, parts["train"], parts["valid"], parts["test"])
            : throw new DataFileException(IndexName, "names no file of the training part");
    }

    private static bool IsArchive(string path) => Path.GetExtension(path).Equals(".ts", StringComparison.OrdinalIgnoreCase);

    private static bool IsTable(string path) => Tables.Contains(Path.GetExtension(path).ToLowerInvariant());
}
