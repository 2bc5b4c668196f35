using System.Globalization;
using System.Text.Json;

namespace Carousel.Data;

/// <summary>Sentences and their translations, one beside the other.</summary>
/// <param name="Name">Name of the file or files, without the folder, for messages.</param>
/// <param name="Source">The sentences [N].</param>
/// <param name="Target">Their translations [N].</param>
public sealed record SentencePairs(string Name, IReadOnlyList<string> Source, IReadOnlyList<string> Target)
{
    /// <summary>N</summary>
    public int Count => Source.Count;

    /// <summary>Reads two files in which line i of the one translates line i of the other.</summary>
    /// <param name="source">The file of the source language.</param>
    /// <param name="target">The file of the target language.</param>
    /// <exception cref="DataFileException">A file is missing, empty or not UTF-8, or they differ in length.</exception>
    public static SentencePairs ReadFiles(string source, string target)
    {
        TextFile from = TextFile.Read(source), to = TextFile.Read(target);
        return from.Lines.Count == to.Lines.Count
            ? new SentencePairs($"{from.Name}, {to.Name}", from.Lines, to.Lines)
            : throw new DataFileException(to.Name, string.Create(CultureInfo.InvariantCulture,
                $"has {to.Lines.Count} lines, but {from.Name} has {from.Lines.Count}; expected line i of the one to translate line i of the other"));
    }

    /// <summary>Reads one file: <c>.tsv</c>, two columns with a tab between, or <c>.jsonl</c>, one object for each line with a text for each language (<c>{"en": "…", "de": "…"}</c>, perhaps within <c>"translation"</c>).</summary>
    /// <param name="path">The file.</param>
    /// <param name="languages">Source and target: the keys in JSON, not used otherwise.</param>
    /// <exception cref="DataFileException">The file is missing, empty, not UTF-8, or a line is none of a pair.</exception>
    public static SentencePairs ReadFile(string path, LanguagePair languages)
    {
        ArgumentNullException.ThrowIfNull(languages);
        TextFile file = TextFile.Read(path);
        Func<string, string, long, LanguagePair, (string Source, string Target)> parse = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".TSV" => Columns,
            ".JSONL" or ".NDJSON" => Json,
            _ => throw new DataFileException(file.Name, "is no file of sentence pairs by its ending, expected .tsv or .jsonl, or a folder with files such as train.en and train.de"),
        };
        string[] source = new string[file.Lines.Count], target = new string[file.Lines.Count];
        for (int line = 0; line < source.Length; line++)
        {
            (source[line], target[line]) = parse(file.Lines[line], file.Name, line + 1, languages);
        }

        return new SentencePairs(file.Name, source, target);
    }

    /// <summary>Pairs <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> − 1.</summary>
    public SentencePairs Range(int start, int count) => this with { Source = [.. Source.Skip(start).Take(count)], Target = [.. Target.Skip(start).Take(count)] };

    /// <summary>The pairs of which neither side is blank: nothing can be learnt from the others.</summary>
    public SentencePairs WithoutBlank()
    {
        int[] kept = [.. Enumerable.Range(0, Count).Where(at => !string.IsNullOrWhiteSpace(Source[at]) && !string.IsNullOrWhiteSpace(Target[at]))];
        return kept.Length == Count ? this : this with { Source = [.. kept.Select(at => Source[at])], Target = [.. kept.Select(at => Target[at])] };
    }

    private static (string Source, string Target) Columns(string line, string file, long number, LanguagePair languages)
    {
        string[] columns = line.Split('\t');
        return columns.Length == 2
            ? (columns[0], columns[1])
            : throw new DataFileException(file, $"has {columns.Length} column{(columns.Length == 1 ? "" : "s")}, expected two with a tab between: a sentence and its translation", number);
    }

    private static (string Source, string Target) Json(string line, string file, long number, LanguagePair languages)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement pair = document.RootElement;
            if (pair.ValueKind == JsonValueKind.Object && pair.TryGetProperty("translation", out JsonElement inner))
            {
                pair = inner;
            }

            return (Text(pair, languages.Source), Text(pair, languages.Target));
        }
        catch (JsonException e)
        {
            throw new DataFileException(file, "is not valid JSON", number, inner: e);
        }

        string Text(JsonElement pair, string language)
        {
            if (pair.ValueKind != JsonValueKind.Object)
            {
                throw new DataFileException(file, $"holds a {pair.ValueKind.ToString().ToLowerInvariant()}, expected an object with a text for '{languages.Source}' and '{languages.Target}'", number);
            }

            return pair.TryGetProperty(language, out JsonElement text) && text.ValueKind == JsonValueKind.String
                ? text.GetString()!
                : throw new DataFileException(file, $"has no text for '{language}', found {string.Join(", ", pair.EnumerateObject().Select(property => $"'{property.Name}'"))}; set data.source and data.target to the keys of the two languages", number);
        }
    }
}
