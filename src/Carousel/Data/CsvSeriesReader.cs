using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Carousel.Data;

/// <summary>Reads a <see cref="Series"/> from separated values: the header, then which columns matter, then the rows, then the gaps.</summary>
internal sealed class CsvSeriesReader
{
    // A longer field is no number and no date, but an open quote that swallows the rest of the file.
    private const int LongestField = 4096;

    private readonly string _file;
    private readonly CsvOptions _options;

    public CsvSeriesReader(string file, CsvOptions options)
    {
        string[] problems = [.. options.Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(options));
        }

        _file = file;
        _options = options;
    }

    public Series Read(TextReader reader)
    {
        (string header, int headerLines) = ReadHeader(reader);
        char delimiter = _options.Delimiter ?? DetectDelimiter(header);
        string[] names = Names(header, delimiter);

        using CsvParser parser = Parser(reader, delimiter, headerLines);
        if (!Next(parser, headerLines))
        {
            throw new DataFileException(_file, "has a header but no rows, expected rows of numbers below it");
        }

        CheckWidth(parser, names, headerLines);
        CsvSchema schema = CsvSchema.Resolve(_file, names, parser.Record!, _options);
        return ReadRows(parser, names, schema, headerLines);
    }

    private Series ReadRows(CsvParser parser, string[] names, CsvSchema schema, int headerLines)
    {
        var columns = schema.Columns.Select(_ => new List<double>()).ToArray();
        var dates = schema.Date is null ? null : new List<DateTime>();
        var firstMissing = new long?[columns.Length];
        double[] row = new double[columns.Length];
        do
        {
            CheckWidth(parser, names, headerLines);
            long line = headerLines + parser.RawRow;
            bool complete = true;
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = ReadNumber(parser[schema.Columns[c]], line, names[schema.Columns[c]]);
                if (double.IsNaN(row[c]))
                {
                    complete = false;
                    firstMissing[c] ??= line;
                }
            }

            DateTime? date = schema.Date is { } column ? ReadDate(parser[column], line, names[column], dates!) : null;
            if (!complete && _options.Missing == MissingRule.Drop)
            {
                continue;
            }

            for (int c = 0; c < row.Length; c++)
            {
                columns[c].Add(row[c]);
            }

            if (date is { } time)
            {
                dates!.Add(time);
            }
        }
        while (Next(parser, headerLines));

        double[][] values = Array.ConvertAll(columns, column => column.ToArray());
        string[] used = [.. schema.Columns.Select(column => names[column])];
        if (values[0].Length == 0)
        {
            throw new DataFileException(_file, "no row has a value in every column used, so dropping those without leaves none (use --missing interpolate)");
        }

        return new Series(_file, dates, used, schema.Targets, values, FillGaps(values, used, firstMissing));
    }

    private List<Gap> FillGaps(double[][] values, string[] names, long?[] firstMissing)
    {
        var gaps = new List<Gap>();
        for (int c = 0; c < values.Length; c++)
        {
            foreach (Gap gap in Gap.In(values[c], c).ToList())
            {
                if (gap.Start == 0 && gap.End == values[c].Length)
                {
                    throw new DataFileException(_file, "the column holds no value at all", column: names[c]);
                }

                if (_options.Missing == MissingRule.Previous)
                {
                    if (gap.Start == 0)
                    {
                        throw new DataFileException(_file, "the value is missing and there is none before it to repeat (use --missing interpolate)", firstMissing[c], names[c]);
                    }

                    gap.Repeat(values[c]);
                }
                else
                {
                    gap.Interpolate(values[c]);
                    gaps.Add(gap);
                }
            }
        }

        return gaps;
    }

    /// <summary>A finite number, or NaN where the value is missing and the rule says what to do about it.</summary>
    private double ReadNumber(string text, long line, string column)
    {
        if (CsvValues.IsMissing(text))
        {
            return _options.Missing != MissingRule.Error ? double.NaN
                : throw new DataFileException(
                    _file, $"{(string.IsNullOrWhiteSpace(text) ? "the value is missing" : $"'{text}' is not a number")} (use --missing interpolate)", line, column);
        }

        if (!CsvValues.TryNumber(text, out double number))
        {
            string hint = CsvValues.TryNumber(text.Replace(',', '.'), out _) ? " (write the decimal sign as a point)" : "";
            throw new DataFileException(_file, $"'{Shorten(text)}' is not a number{hint}", line, column);
        }

        return double.IsFinite(number) ? number : throw new DataFileException(_file, $"'{Shorten(text)}' is not a finite number", line, column);
    }

    private DateTime ReadDate(string text, long line, string column, List<DateTime> before)
    {
        if (!CsvValues.TryDate(text, out DateTime date))
        {
            throw new DataFileException(_file, $"'{Shorten(text)}' is not a date (write dates as 2026-01-31 or 2026-01-31 23:59:59)", line, column);
        }

        if (before.Count > 0 && date < before[^1])
        {
            throw new DataFileException(
                _file, string.Create(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd HH:mm:ss} comes after {before[^1]:yyyy-MM-dd HH:mm:ss}, expected rows from old to new (sort the file)"), line, column);
        }

        return date;
    }

    /// <summary>The lines of the header record: more than one only when a quoted name holds a line break.</summary>
    private (string Text, int Lines) ReadHeader(TextReader reader)
    {
        var header = new StringBuilder();
        int lines = 0, blank = 0;
        while (reader.ReadLine() is { } line)
        {
            lines++;
            if (header.Length == 0 && string.IsNullOrWhiteSpace(line.TrimStart('\uFEFF')))
            {
                blank++;
                continue;
            }

            header.Append(header.Length > 0 ? "\n" : "").Append(line);
            if (header.ToString().Count(character => character == '"') % 2 == 0)
            {
                return (header.ToString().TrimStart('\uFEFF'), lines);
            }

            if (header.Length > LongestField)
            {
                break;
            }
        }

        throw header.Length > 0
            ? new DataFileException(_file, "the header has an opening quote without a closing one", blank + 1)
            : new DataFileException(_file, "is empty, expected a header line and rows of numbers");
    }

    private static char DetectDelimiter(string header)
    {
        char best = ',';
        int most = 0;
        foreach (char candidate in ",;\t|")
        {
            bool quoted = false;
            int count = 0;
            foreach (char character in header)
            {
                quoted ^= character == '"';
                count += !quoted && character == candidate ? 1 : 0;
            }

            (best, most) = count > most ? (candidate, count) : (best, most);
        }

        return best;
    }

    private string[] Names(string header, char delimiter)
    {
        using CsvParser parser = Parser(new StringReader(header), delimiter, 0);
        Next(parser, 0);
        string[] names = Array.ConvertAll(parser.Record!, name => name.Trim());
        if (names.All(name => CsvValues.TryNumber(name, out _) || CsvValues.TryDate(name, out _)))
        {
            throw new DataFileException(_file, $"the first line is '{Shorten(header)}', expected a header line with the names of the columns", 1);
        }

        for (int i = 0; i < names.Length; i++)
        {
            int first = Array.IndexOf(names, names[i]);
            if (first != i)
            {
                throw new DataFileException(_file, $"columns {first + 1} and {i + 1} of the header are both named '{names[i]}'; rename one", 1, names[i]);
            }
        }

        return names;
    }

    private CsvParser Parser(TextReader reader, char delimiter, int linesBefore) => new(
        reader,
        new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter.ToString(),
            MaxFieldSize = LongestField,
            TrimOptions = TrimOptions.Trim,
            BadDataFound = bad => throw new DataFileException(_file, $"a quote stands inside the field '{Shorten(bad.Field)}'; quote the whole field", linesBefore + bad.Context.Parser!.RawRow),
        },
        leaveOpen: true);

    private bool Next(CsvParser parser, int linesBefore)
    {
        try
        {
            return parser.Read();
        }
        catch (MaxFieldSizeException)
        {
            throw new DataFileException(_file, $"a field is longer than {LongestField} characters, perhaps for want of a closing quote", linesBefore + parser.RawRow);
        }
    }

    private void CheckWidth(CsvParser parser, string[] names, int headerLines)
    {
        if (parser.Count != names.Length)
        {
            throw new DataFileException(_file, $"{parser.Count} fields, expected {names.Length} as in the header", headerLines + parser.RawRow);
        }
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
