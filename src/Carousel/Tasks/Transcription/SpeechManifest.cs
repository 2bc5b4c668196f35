using System.Text.Json;
using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;

namespace Carousel.Tasks.Transcription;

/// <summary>
/// A list of recordings and their texts: <c>.tsv</c> with a heading, <c>.jsonl</c> with an object a line, each with the fields <c>path</c>, <c>text</c> and, if wanted,
/// <c>speaker</c> and <c>split</c> (train, valid or test); or <c>recording|text|normalised text</c> without a heading, as LJ Speech has it. Paths are relative to the list.
/// </summary>
internal static class SpeechManifest
{
    private static readonly string[] Fields = ["path", "text", "speaker", "split"];
    private static readonly string[] Splits = ["train", "valid", "test"];

    public static SpeechCorpus Read(string path, AudioFeaturesConfig config)
    {
        string name = Path.GetFileName(path), folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (config.Kind == AudioFeatureKind.Precomputed)
        {
            throw new DataFileException(name, "lists recordings, but the model reads features computed elsewhere; set model.features.kind=log_mel or mfcc");
        }

        var features = new AudioFeatures(config);
        var parts = Splits.ToDictionary(split => split, _ => new List<Utterance>());
        IEnumerable<Entry> entries = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".TSV" => OfColumns(path, name),
            ".JSONL" => OfObjects(path, name),
            _ => OfBars(path, name),
        };
        foreach (Entry entry in entries)
        {
            string recording = Path.Combine(folder, entry.Path);
            if (!File.Exists(recording))
            {
                throw new DataFileException(name, $"no such recording: {recording}", entry.Line);
            }

            if (!parts.TryGetValue(entry.Split, out List<Utterance>? part))
            {
                throw new DataFileException(name, $"'{entry.Split}' is no part, expected {string.Join(", ", Splits)}", entry.Line, "split");
            }

            part.Add(SpeechCorpus.UtteranceOf(recording, features, entry.Path, entry.Speaker, entry.Text));
        }

        return parts["train"].Count > 0
            ? new SpeechCorpus(path, parts["train"], parts["valid"], parts["test"])
            : throw new DataFileException(name, "lists no recording to train on");
    }

    private static IEnumerable<Entry> OfColumns(string path, string name)
    {
        string[]? heading = null;
        foreach ((int at, string line) in File.ReadLines(path).Index().Where(static line => line.Item.Length > 0))
        {
            string[] cells = line.Split('\t');
            if (heading is null)
            {
                heading = cells;
                if (!heading.Contains("path") || !heading.Contains("text") || heading.Any(static field => !Fields.Contains(field)))
                {
                    throw new DataFileException(name, $"the heading is '{string.Join(", ", heading)}', expected path, text and perhaps speaker and split, separated by tabs", at + 1);
                }

                continue;
            }

            yield return cells.Length == heading.Length
                ? Entry.Of(field => Array.IndexOf(heading, field) is >= 0 and int column ? cells[column] : null, at + 1)
                : throw new DataFileException(name, $"has {cells.Length} fields, expected {heading.Length} as in the heading", at + 1);
        }
    }

    private static IEnumerable<Entry> OfObjects(string path, string name)
    {
        foreach ((int at, string line) in File.ReadLines(path).Index().Where(static line => line.Item.Length > 0))
        {
            yield return Parse(line, at + 1);
        }

        Entry Parse(string line, int number)
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                JsonElement root = document.RootElement;
                return root.ValueKind == JsonValueKind.Object && IsText(root, "path") && IsText(root, "text")
                    ? Entry.Of(field => IsText(root, field) ? root.GetProperty(field).GetString() : null, number)
                    : throw new DataFileException(name, "is no object with the texts 'path' and 'text'", number);
            }
            catch (JsonException e)
            {
                throw new DataFileException(name, "is not JSON", number, null, e);
            }
        }

        static bool IsText(JsonElement root, string field) => root.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String;
    }

    private static IEnumerable<Entry> OfBars(string path, string name)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach ((int at, string line) in File.ReadLines(path).Index().Where(static line => line.Item.Length > 0))
        {
            string[] cells = line.Split('|');
            if (cells.Length is < 2 or > 3)
            {
                throw new DataFileException(name, $"has {cells.Length} fields, expected 'recording|text' or 'recording|text|normalised text'", at + 1);
            }

            string file = Path.HasExtension(cells[0]) ? cells[0] : $"{cells[0]}.wav", inFolder = Path.Combine("wavs", file);
            yield return new Entry(File.Exists(Path.Combine(folder, inFolder)) ? inFolder : file, cells[^1], "", "train", at + 1);
        }
    }

    private sealed record Entry(string Path, string Text, string Speaker, string Split, int Line)
    {
        public static Entry Of(Func<string, string?> field, int line) => new(field("path")!, field("text")!, field("speaker") ?? "", field("split") ?? "train", line);
    }
}
