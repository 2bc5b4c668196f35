using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Carousel.Data;

/// <summary>Separated values with a header line, row after row as text: one name per column, one width for all rows.</summary>
internal sealed class CsvTable : IDisposable
{
    /// <summary>A longer field is no number and no date, but an open quote that swallows the rest of the file.</summary>
    public const int LongestNumber = 4096;

    private readonly string _file;
    private readonly int _headerLines, _longestField;
    private readonly CsvParser _parser;

    /// <summary>Reads the header.</summary>
    /// <param name="file">Name of the file, for messages.</param>
    /// <param name="reader">Stays open.</param>
    /// <param name="delimiter">Character between fields; null to recognise it.</param>
    /// <param name="longestField">Most characters of a field.</param>
    /// <param name="quotesInTabs">False where tabs separate the fields and quotes are characters like others.</param>
    /// <exception cref="DataFileException">There is no header, or it is not one.</exception>
    public CsvTable(string file, TextReader reader, char? delimiter = null, int longestField = LongestNumber, bool quotesInTabs = true)
    {
        (_file, _longestField) = (file, longestField);
        (string header, _headerLines) = ReadHeader(reader);
        char separator = delimiter ?? DetectDelimiter(header);
        bool quotes = quotesInTabs || separator != '\t';
        Names = ReadNames(header, separator, quotes);
        _parser = Parser(reader, separator, quotes, _headerLines);
    }

    /// <summary>The header.</summary>
    public string[] Names { get; }

    /// <summary>Line of the current row in the file, counted from 1.</summary>
    public long Line => _headerLines + _parser.RawRow;

    /// <summary>The current row.</summary>
    public string[] Row => _parser.Record!;

    /// <summary>Goes on to the next row.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="DataFileException">The row is damaged, or has another width than the header.</exception>
    public bool Read()
    {
        if (!Next(_parser, _headerLines))
        {
            return false;
        }

        return _parser.Count == Names.Length ? true : throw new DataFileException(_file, $"{_parser.Count} fields, expected {Names.Length} as in the header", Line);
    }

    /// <summary>A finite number of the current row, or NaN where the value is missing.</summary>
    /// <param name="column">Position of the column.</param>
    /// <param name="missing">What to do about a missing value; any rule but <see cref="MissingRule.Error"/> gives NaN.</param>
    /// <exception cref="DataFileException">There is no finite number.</exception>
    public double Number(int column, MissingRule missing)
    {
        string text = Row[column], name = Names[column];
        if (CsvValues.IsMissing(text))
        {
            return missing != MissingRule.Error ? double.NaN
                : throw new DataFileException(
                    _file, $"{(string.IsNullOrWhiteSpace(text) ? "the value is missing" : $"'{text}' is not a number")} (use --missing interpolate)", Line, name);
        }

        if (!CsvValues.TryNumber(text, out double number))
        {
            string hint = CsvValues.TryNumber(text.Replace(',', '.'), out _) ? " (write the decimal sign as a point)" : "";
            throw new DataFileException(_file, $"'{Shorten(text)}' is not a number{hint}", Line, name);
        }

        return double.IsFinite(number) ? number : throw new DataFileException(_file, $"'{Shorten(text)}' is not a finite number", Line, name);
    }

    /// <summary>The beginning of a field, for messages.</summary>
    public static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";

    /// <inheritdoc/>
    public void Dispose() => _parser.Dispose();

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

            if (header.Length > LongestNumber)
            {
                break;
            }
        }

        throw header.Length > 0
            ? new DataFileException(_file, "the header has an opening quote without a closing one", blank + 1)
            : new DataFileException(_file, "is empty, expected a header line and rows below it");
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

    private string[] ReadNames(string header, char delimiter, bool quotes)
    {
        using CsvParser parser = Parser(new StringReader(header), delimiter, quotes, 0);
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

    private CsvParser Parser(TextReader reader, char delimiter, bool quotes, int linesBefore) => new(
        reader,
        new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter.ToString(),
            MaxFieldSize = _longestField,
            Mode = quotes ? CsvMode.RFC4180 : CsvMode.NoEscape,
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
            throw new DataFileException(_file, $"a field is longer than {_longestField} characters, perhaps for want of a closing quote", linesBefore + parser.RawRow);
        }
    }
}
