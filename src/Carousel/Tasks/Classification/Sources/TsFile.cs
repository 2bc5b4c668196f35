using System.Globalization;
using Carousel.Data;

namespace Carousel.Tasks.Classification.Sources;

/// <summary>
/// Reads the <c>.ts</c> format of the UCR/UEA archive: lines of comments (#) and headers (@), and after <c>@data</c> one case per line, its dimensions between colons, the values of a
/// dimension between commas, the label last. Cases may differ in length; a value may be missing (?).
/// </summary>
internal sealed class TsFile
{
    private readonly string _file;
    private readonly SensorSource _source;
    private readonly List<Example<SensorSequence>> _examples = [];
    private IReadOnlyList<string>? _labels;
    private string[]? _features;
    private long _line;

    private TsFile(string file, SensorSource source) => (_file, _source) = (file, source);

    /// <summary>Reads the cases of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">What to do about missing values.</param>
    /// <exception cref="DataFileException">The file is missing, damaged, or of a kind that is not read.</exception>
    public static IReadOnlyList<Example<SensorSequence>> Read(string path, SensorSource source)
    {
        var file = new TsFile(Path.GetFileName(path), source);
        file.Read(TextFile.Read(path).Lines);
        return file._examples;
    }

    private void Read(IReadOnlyList<string> lines)
    {
        bool isData = false;
        foreach (string line in lines)
        {
            _line++;
            string text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            if (isData)
            {
                ReadCase(text);
            }
            else
            {
                isData = ReadHeader(text);
            }
        }

        if (_examples.Count == 0)
        {
            throw new DataFileException(_file, isData ? "has no case after @data" : "has no line @data, expected headers such as @classLabel, then @data, then one case per line");
        }
    }

    // True when the data begin.
    private bool ReadHeader(string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        bool says = words.Length > 1 && words[1].Equals("true", StringComparison.OrdinalIgnoreCase);
        switch (words[0].ToLowerInvariant())
        {
            case "@data":
                return true;
            case "@classlabel" when says && words.Length > 2:
                _labels = words[2..];
                break;
            case "@timestamps" when says:
                throw Problem("the cases have time stamps, expected values only");
            case "@targetlabel" when says:
                throw Problem("the cases have numbers to predict (@targetLabel), expected labels (@classLabel true …)");
            case { } header when header[0] != '@':
                throw Problem($"found '{CsvTable.Shorten(text)}' before @data, expected a header that begins with @");
        }

        return false;
    }

    private void ReadCase(string text)
    {
        string[] fields = text.Split(':');
        int dimensions = _labels is null ? fields.Length : fields.Length - 1;
        string label = _labels is null ? "" : fields[^1].Trim();
        if (_labels is not null && !_labels.Contains(label))
        {
            throw Problem($"the label is '{CsvTable.Shorten(label)}', expected one of {string.Join(", ", _labels)}, as @classLabel says");
        }

        _features ??= _source.Features.Count > 0 ? [.. _source.Features] : [.. Enumerable.Range(0, dimensions).Select(at => $"dim_{at}")];
        if (dimensions != _features.Length || dimensions == 0)
        {
            throw Problem($"the case has {dimensions} dimensions, expected {_features.Length} as in the cases before");
        }

        string[][] values = [.. fields.Take(dimensions).Select(field => field.Split(','))];
        int steps = values[0].Length;
        for (int dimension = 0; dimension < dimensions; dimension++)
        {
            if (string.IsNullOrWhiteSpace(fields[dimension]))
            {
                throw Problem($"{_features[dimension]} has no values: a sequence of no steps cannot be classified");
            }

            if (values[dimension].Length != steps)
            {
                throw Problem($"{_features[dimension]} has {values[dimension].Length} values, expected {steps} as {_features[0]} has");
            }
        }

        double[] rows = new double[steps * dimensions];
        for (int at = 0; at < rows.Length; at++)
        {
            rows[at] = Number(values[at % dimensions][at / dimensions], _features[at % dimensions]);
        }

        _examples.Add(new Example<SensorSequence>(MissingValues.Fill(_features, rows, _source.Missing, _file, _line), label, _file, _line));
    }

    private double Number(string text, string feature)
    {
        if (CsvValues.IsMissing(text.Trim()))
        {
            return _source.Missing != MissingRule.Error ? double.NaN : throw new DataFileException(_file, $"'{text}' is a missing value (set source.missing to interpolate, previous or drop)", _line, feature);
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw new DataFileException(_file, $"'{CsvTable.Shorten(text)}' is not a finite number", _line, feature);
    }

    private DataFileException Problem(string problem) => new(_file, problem, _line);
}
