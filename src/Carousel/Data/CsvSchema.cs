namespace Carousel.Data;

/// <summary>Which columns of a file are read, and as what.</summary>
/// <param name="Date">Position of the date column; null when there is none.</param>
/// <param name="Columns">Positions of the columns of numbers, targets first.</param>
/// <param name="Targets">How many of them are targets.</param>
internal sealed record CsvSchema(int? Date, IReadOnlyList<int> Columns, int Targets)
{
    /// <summary>Finds the columns asked for, or the obvious ones where none were.</summary>
    /// <param name="file">Name for messages.</param>
    /// <param name="names">The header.</param>
    /// <param name="firstRow">Fields of the first row, as a sample of what a column holds.</param>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="DataFileException">A column is absent, or there is no telling which to forecast.</exception>
    public static CsvSchema Resolve(string file, string[] names, string[] firstRow, CsvOptions options)
    {
        var columns = new ColumnNames(file, names);
        List<int> targets = [.. options.Targets.Select(columns.IndexOf)], covariates = [.. options.Covariates.Select(columns.IndexOf)];
        int? date = options.DateColumn is { } name ? columns.IndexOf(name) : FindDate(firstRow, [.. targets, .. covariates]);
        if (targets.Count == 0)
        {
            targets.Add(OnlyNumber(file, names, firstRow, date, covariates));
        }

        foreach (int target in targets.Where(target => target != date && IsDate(firstRow[target])))
        {
            throw new DataFileException(file, $"the target holds dates such as '{firstRow[target]}', expected a column of numbers", column: names[target]);
        }

        if (options.AllCovariates)
        {
            covariates = [.. Enumerable.Range(0, names.Length).Where(column => column != date && !targets.Contains(column))];
        }

        return new CsvSchema(date, [.. targets, .. covariates], targets.Count);
    }

    private static int? FindDate(string[] firstRow, List<int> numbers)
    {
        int column = Enumerable.Range(0, firstRow.Length).FirstOrDefault(candidate => !numbers.Contains(candidate) && IsDate(firstRow[candidate]), -1);
        return column < 0 ? null : column;
    }

    private static int OnlyNumber(string file, string[] names, string[] firstRow, int? date, List<int> covariates)
    {
        int[] candidates = [.. Enumerable.Range(0, names.Length)
            .Where(column => column != date && !covariates.Contains(column) && (CsvValues.TryNumber(firstRow[column], out _) || CsvValues.IsMissing(firstRow[column])))];
        return candidates.Length switch
        {
            1 => candidates[0],
            0 => throw new DataFileException(file, $"no column of numbers to forecast (columns: {string.Join(", ", names)})"),
            _ => throw new DataFileException(
                file, $"which column is to be forecast? Name it with --target; columns of numbers: {string.Join(", ", candidates.Select(column => names[column]))}"),
        };
    }

    private static bool IsDate(string text) => !CsvValues.TryNumber(text, out _) && CsvValues.TryDate(text, out _);
}
