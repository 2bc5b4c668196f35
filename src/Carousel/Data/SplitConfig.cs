namespace Carousel.Data;

/// <summary>
/// How a series is cut in chronological order into a part to train on, a part to choose the model on and a part to report. Forecasts made
/// for a part lie wholly inside it; what they look back on may reach into the part before.
/// </summary>
public sealed record SplitConfig
{
    /// <summary>What the three sizes count.</summary>
    /// <value>Fraction</value>
    public SplitUnit Unit { get; init; } = SplitUnit.Fraction;

    /// <summary>Size of the training part, from the first row on; above 0.</summary>
    /// <value>0.7</value>
    public double Train { get; init; } = 0.7;

    /// <summary>Size of the validation part; above 0.</summary>
    /// <value>0.1</value>
    public double Valid { get; init; } = 0.1;

    /// <summary>Size of the test part; above 0. Rows beyond it are not used.</summary>
    /// <value>0.2</value>
    public double Test { get; init; } = 0.2;

    /// <summary>A split by shares of all rows.</summary>
    public static SplitConfig Fractions(double train, double valid, double test) => new() { Unit = SplitUnit.Fraction, Train = train, Valid = valid, Test = test };

    /// <summary>A split by numbers of rows.</summary>
    public static SplitConfig Rows(int train, int valid, int test) => new() { Unit = SplitUnit.Rows, Train = train, Valid = valid, Test = test };

    /// <summary>A split by months of 30 days.</summary>
    public static SplitConfig Months(double train, double valid, double test) => new() { Unit = SplitUnit.Months, Train = train, Valid = valid, Test = test };

    /// <summary>Every problem with the sizes; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Enum.IsDefined(Unit))
        {
            yield return $"split: unit is {(int)Unit}, expected fraction, rows or months";
        }

        foreach ((string part, double size) in new[] { ("train", Train), ("valid", Valid), ("test", Test) })
        {
            if (!double.IsFinite(size) || size <= 0)
            {
                yield return $"split: {part} is {size}, expected more than 0";
            }
            else if (Unit == SplitUnit.Rows && size != Math.Floor(size))
            {
                yield return $"split: {part} is {size} rows, expected a whole number";
            }
        }

        if (Unit == SplitUnit.Fraction && Train + Valid + Test > 1 + 1e-9)
        {
            yield return $"split: the fractions add up to {Train + Valid + Test:0.###}, expected 1 at most";
        }
    }

    /// <summary>The rows of each part of a series.</summary>
    /// <param name="series">The series.</param>
    /// <exception cref="ArgumentException">The sizes are wrong in themselves.</exception>
    /// <exception cref="DataFileException">The series has too few rows, or no dates to count months by.</exception>
    public SeriesSplit Resolve(Series series)
    {
        ArgumentNullException.ThrowIfNull(series);
        string[] problems = [.. Validate()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join("; ", problems));
        }

        // Cumulated before rounding, so that fractions which add up to 1 use every row.
        double unit = RowsPerUnit(series);
        int trainEnd = Row(Train * unit), validEnd = Row((Train + Valid) * unit), testEnd = Row((Train + Valid + Test) * unit);
        if (testEnd > series.Rows || trainEnd == 0 || validEnd == trainEnd || testEnd == validEnd)
        {
            throw new DataFileException(
                series.Name,
                $"{series.Rows} rows, but the split asks for {trainEnd} to train, {validEnd - trainEnd} to validate and {testEnd - validEnd} to test, one or more each");
        }

        return new SeriesSplit(new RowRange(0, trainEnd), new RowRange(trainEnd, validEnd), new RowRange(validEnd, testEnd));
    }

    private double RowsPerUnit(Series series) => Unit switch
    {
        SplitUnit.Fraction => series.Rows,
        SplitUnit.Rows => 1,
        _ when series.Step is { Ticks: > 0 } step => Math.Max(1, Math.Round(TimeSpan.FromDays(30) / step)),
        _ => throw new DataFileException(series.Name, "a split by months needs a column of dates, at different times (split by fractions or rows, or name the date column)"),
    };

    private static int Row(double rows) => (int)Math.Min(int.MaxValue, Math.Round(rows, MidpointRounding.AwayFromZero));
}
