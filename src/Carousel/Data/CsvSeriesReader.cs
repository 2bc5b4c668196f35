using System.Globalization;

namespace Carousel.Data;

/// <summary>Reads a <see cref="Series"/> from separated values: the header, then which columns matter, then the rows, then the gaps.</summary>
internal sealed class CsvSeriesReader
{
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
        using var table = new CsvTable(_file, reader, _options.Delimiter);
        if (!table.Read())
        {
            throw new DataFileException(_file, "has a header but no rows, expected rows of numbers below it");
        }

        return ReadRows(table, CsvSchema.Resolve(_file, table.Names, table.Row, _options));
    }

    private Series ReadRows(CsvTable table, CsvSchema schema)
    {
        string[] names = table.Names;
        var columns = schema.Columns.Select(_ => new List<double>()).ToArray();
        var dates = schema.Date is null ? null : new List<DateTime>();
        var firstMissing = new long?[columns.Length];
        double[] row = new double[columns.Length];
        do
        {
            bool complete = true;
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = table.Number(schema.Columns[c], _options.Missing);
                if (double.IsNaN(row[c]))
                {
                    complete = false;
                    firstMissing[c] ??= table.Line;
                }
            }

            DateTime? date = schema.Date is { } column ? ReadDate(table.Row[column], table.Line, names[column], dates!) : null;
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
        while (table.Read());

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

    private DateTime ReadDate(string text, long line, string column, List<DateTime> before)
    {
        if (!CsvValues.TryDate(text, out DateTime date))
        {
            throw new DataFileException(_file, $"'{CsvTable.Shorten(text)}' is not a date (write dates as 2026-01-31 or 2026-01-31 23:59:59)", line, column);
        }

        if (before.Count > 0 && date < before[^1])
        {
            throw new DataFileException(
                _file, string.Create(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd HH:mm:ss} comes after {before[^1]:yyyy-MM-dd HH:mm:ss}, expected rows from old to new (sort the file)"), line, column);
        }

        return date;
    }
}
