namespace Carousel.Data;

/// <summary>
/// International airline passengers per month in thousands, January 1949 to December 1960: 144 values with a trend and a season of 12 that
/// grows with it. Source: G. E. P. Box and G. M. Jenkins, Time Series Analysis: Forecasting and Control, 1976, series G.
/// </summary>
public static class AirlinePassengers
{
    /// <summary>Name the series goes by in messages.</summary>
    public const string FileName = "airline-passengers.csv";

    /// <summary>The series, with the column `passengers` as its target.</summary>
    public static Series Load()
    {
        using TextReader reader = OpenText();
        return Series.FromCsv(reader, FileName);
    }

    /// <summary>The same as a file of comma-separated values with the columns `month` and `passengers`.</summary>
    public static TextReader OpenText() =>
        new StreamReader(typeof(AirlinePassengers).Assembly.GetManifestResourceStream(FileName)
            ?? throw new InvalidOperationException($"the resource {FileName} is not in the assembly"));
}
