namespace Carousel.Data;

/// <summary>How to read a table of numbers over time from a file of separated values with a header line.</summary>
public sealed record CsvOptions
{
    /// <summary>Columns to forecast. Empty: the only column of numbers, if there is only one.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Further columns the model sees. Their future is not needed.</summary>
    public IReadOnlyList<string> Covariates { get; init; } = [];

    /// <summary>True to take every column that is neither a target nor the date as a covariate.</summary>
    /// <value>false</value>
    public bool AllCovariates { get; init; }

    /// <summary>Column with the time of a row. Null: the first column whose first value is a date, if there is one.</summary>
    public string? DateColumn { get; init; }

    /// <summary>Character between fields. Null: comma, semicolon, tab or bar, whichever is in the header most often.</summary>
    public char? Delimiter { get; init; }

    /// <summary>What to do about missing values.</summary>
    /// <value>Error</value>
    public MissingRule Missing { get; init; } = MissingRule.Error;

    /// <summary>Every problem with the options; empty when there is none.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (string name in Targets.Concat(Covariates).GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key))
        {
            yield return $"column '{name}' is named twice; the past of a target is always an input, so name it once, as a target";
        }

        if (DateColumn is not null && Targets.Contains(DateColumn))
        {
            yield return $"column '{DateColumn}' is the date and a target; choose a column of numbers as the target";
        }

        if (DateColumn is not null && Covariates.Contains(DateColumn))
        {
            yield return $"column '{DateColumn}' is the date and a covariate; choose columns of numbers as covariates";
        }

        if (AllCovariates && Covariates.Count > 0)
        {
            yield return "covariates are named and all columns are asked for; do one or the other";
        }

        if (Delimiter is '"' or '\r' or '\n')
        {
            yield return "the delimiter is a quote or a line break, expected a character such as ',' ';' or a tab";
        }

        if (!Enum.IsDefined(Missing))
        {
            yield return $"missing is {(int)Missing}, expected error, interpolate, previous or drop";
        }
    }
}
