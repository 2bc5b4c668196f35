using System.Globalization;

namespace Carousel.Data;

/// <summary>
/// Where sentence pairs stand: a folder with files for each part (<c>train.en</c> and <c>train.de</c>, or <c>train.tsv</c>, or <c>train.jsonl</c>; the part <c>valid</c> may be
/// called <c>val</c> or <c>dev</c>), or one file (<c>.tsv</c>, <c>.jsonl</c>), cut by lines.
/// </summary>
/// <param name="path">Folder or file.</param>
/// <param name="languages">From which language into which.</param>
public sealed class ParallelCorpus(string path, LanguagePair languages)
{
    private const double TrainShare = 0.9, ValidShare = 0.05;

    private static readonly string[] Endings = [".tsv", ".jsonl"];

    /// <summary>The file or folder, for people.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));

    /// <summary>Reads one part.</summary>
    /// <param name="part"><c>train</c>, <c>valid</c> or <c>test</c>.</param>
    /// <exception cref="DataFileException">The part is missing, ambiguous or empty, or a file is not UTF-8, or two files differ in length.</exception>
    public SentencePairs Read(string part) => Directory.Exists(path) ? ReadFolder(part) : Cut(SentencePairs.ReadFile(path, languages), part);

    private SentencePairs ReadFolder(string part)
    {
        string[] names = part == "valid" ? ["valid", "val", "dev"] : [part];
        string[] files = [.. Directory.EnumerateFiles(path).Where(file => IsOf(Path.GetFileName(file), names)).Order(StringComparer.Ordinal)];
        string[] from = Ending(files, $".{languages.Source}"), to = Ending(files, $".{languages.Target}"), pairs = [.. Endings.SelectMany(ending => Ending(files, ending))];
        return (from, to, pairs) switch
        {
            ([string source], [string target], []) => SentencePairs.ReadFiles(source, target),
            ([], [], [string file]) => SentencePairs.ReadFile(file, languages),
            ([], [], []) => throw new DataFileException(Name, $"holds no sentence pairs of the part '{part}'; expected {names[0]}.{languages.Source} and {names[0]}.{languages.Target}, or {names[0]}.tsv, or {names[0]}.jsonl"),
            _ => throw new DataFileException(Name, $"holds {string.Join(", ", from.Concat(to).Concat(pairs).Select(Path.GetFileName))} for the part '{part}', expected one file for each language, or one .tsv or .jsonl"),
        };
    }

    // "test" is the part of test.en and test_2016_flickr.en, not of contest.en.
    private static bool IsOf(string file, string[] names) =>
        names.Any(name => file.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (file.Length == name.Length || !char.IsLetterOrDigit(file[name.Length])));

    private static string[] Ending(string[] files, string ending) => [.. files.Where(file => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase))];

    private static SentencePairs Cut(SentencePairs whole, string part)
    {
        int train = (int)(whole.Count * TrainShare), valid = (int)(whole.Count * ValidShare);
        if (valid < 1)
        {
            throw new DataFileException(whole.Name, string.Create(CultureInfo.InvariantCulture,
                $"has {whole.Count} pairs, of which 5 % for validation and 5 % for the test would be none; give 20 or more, or a folder with a file for each part"));
        }

        return part switch
        {
            "train" => whole.Range(0, train),
            "valid" => whole.Range(train, valid),
            _ => whole.Range(train + valid, whole.Count - train - valid),
        };
    }
}
