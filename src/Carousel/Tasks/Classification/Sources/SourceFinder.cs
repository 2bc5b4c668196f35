using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>Recognises what a file or folder holds, for recipes that do not say.</summary>
internal static class SourceFinder
{
    /// <summary>Audio where there are WAVE files; text where there are JSON lines, or a table with a column of text; sequences of numbers otherwise.</summary>
    /// <exception cref="DataFileException">There is no such file or folder.</exception>
    public static SequenceSource Find(string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw new DataFileException(Path.GetFileName(path), $"no such file or folder: {path}");
        }

        if (Directory.Exists(path) && Directory.EnumerateFiles(path, "*.wav", SearchOption.AllDirectories).Any())
        {
            return new AudioSource();
        }

        string? sample = File.Exists(path) ? path : Directory.EnumerateFiles(path).Where(file => Path.GetExtension(file).ToLowerInvariant() is ".jsonl" or ".csv" or ".tsv" or ".txt")
            .Order(StringComparer.Ordinal).FirstOrDefault(file => PartFiles.PartOf(file) is not null);
        return sample is not null && IsText(sample) ? new TextSource() : new SensorSource();
    }

    private static bool IsText(string path)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (ending is ".jsonl" or ".ts")
        {
            return ending == ".jsonl";
        }

        using var reader = new StreamReader(path);
        using var table = new CsvTable(Path.GetFileName(path), reader, quotesInTabs: false);
        var label = new TextSource();
        return table.Names.Any(name => TextSource.TextNames.Contains(name, StringComparer.OrdinalIgnoreCase)) || (table.Names.Length == 2 && table.Names.Contains(label.LabelColumn));
    }
}
