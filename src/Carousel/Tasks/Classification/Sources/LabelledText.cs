using System.Text.Json;
using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>Reads files of labelled text.</summary>
internal static class LabelledText
{
    // A longer text is an open quote that swallows the rest of the file.
    private const int LongestText = 1 << 20;

    /// <summary>Reads one file by its ending.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">Names of columns.</param>
    /// <param name="needsLabel">False for texts to be classified, whose labels may be missing.</param>
    /// <exception cref="DataFileException">The file is missing or damaged.</exception>
    public static IReadOnlyList<Example<string>> Read(string path, TextSource source, bool needsLabel = true)
    {
        string name = Path.GetFileName(path);
        using var reader = new StringReader(string.Join('\n', TextFile.Read(path).Lines));
        IReadOnlyList<Example<string>> examples = Path.GetExtension(path).Equals(".jsonl", StringComparison.OrdinalIgnoreCase) ? ReadJson(reader, name, source, needsLabel) : ReadTable(reader, name, source, needsLabel);
        if (examples.Count == 0)
        {
            throw new DataFileException(name, "holds no example");
        }

        if (needsLabel && examples.FirstOrDefault(example => string.IsNullOrWhiteSpace(example.Content) || string.IsNullOrWhiteSpace(example.Label)) is { } empty)
        {
            throw new DataFileException(name, $"the {(string.IsNullOrWhiteSpace(empty.Content) ? "text" : "label")} is empty; leave such lines out", empty.Line);
        }

        return examples;
    }

    private static List<Example<string>> ReadTable(TextReader reader, string name, TextSource source, bool needsLabel)
    {
        using var table = new CsvTable(name, reader, longestField: LongestText, quotesInTabs: false);
        var columns = new ColumnNames(name, table.Names);
        int label = needsLabel ? columns.IndexOf(source.LabelColumn) : Array.IndexOf(table.Names, source.LabelColumn), text = source.TextColumn is { } given ? columns.IndexOf(given) : FindText(name, table.Names, label);
        var examples = new List<Example<string>>();
        while (table.Read())
        {
            examples.Add(new Example<string>(table.Row[text], label < 0 ? "" : table.Row[label], name, table.Line));
        }

        return examples;
    }

    private static int FindText(string file, string[] names, int label)
    {
        int found = Array.FindIndex(names, name => TextSource.TextNames.Contains(name, StringComparer.OrdinalIgnoreCase));
        return found >= 0 ? found
            : names.Length - (label < 0 ? 0 : 1) == 1 ? (label == 0 ? 1 : 0)
            : throw new DataFileException(file, $"there is no telling which column holds the text, set source.text_column to one of {string.Join(", ", names.Where((_, at) => at != label))}", 1);
    }

    private static List<Example<string>> ReadJson(StringReader reader, string name, TextSource source, bool needsLabel)
    {
        var examples = new List<Example<string>>();
        long line = 0;
        while (reader.ReadLine() is { } json)
        {
            line++;
            if (string.IsNullOrWhiteSpace(json))
            {
                continue;
            }

            try
            {
                using JsonDocument document = JsonDocument.Parse(json);
                examples.Add(new Example<string>(Value(document.RootElement, source.TextColumn is { } column ? [column] : TextSource.TextNames), needsLabel ? Value(document.RootElement, source.LabelColumn) : "", name, line));
            }
            catch (JsonException e)
            {
                throw new DataFileException(name, $"is no JSON object: {e.Message.Split(" LineNumber")[0].TrimEnd('.')}", line, inner: e);
            }
        }

        return examples;

        string Value(JsonElement item, params string[] keys)
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                throw new DataFileException(name, $"holds a {item.ValueKind}, expected an object such as {{\"text\": \"…\", \"{source.LabelColumn}\": \"…\"}}", line);
            }

            foreach (string key in keys)
            {
                if (item.TryGetProperty(key, out JsonElement value))
                {
                    return value.ValueKind is JsonValueKind.String ? value.GetString()! : value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
                        ? value.GetRawText()
                        : throw new DataFileException(name, $"'{key}' is a {value.ValueKind}, expected a text", line);
                }
            }

            throw new DataFileException(name, $"there is no key '{string.Join("' or '", keys)}', only {string.Join(", ", item.EnumerateObject().Select(member => member.Name))}", line);
        }
    }
}
