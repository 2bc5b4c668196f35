using Carousel.Metrics;

namespace Carousel.Data;

/// <summary>Guesses after how many rows a series repeats itself.</summary>
public static class SeasonDetector
{
    // Hours, days, weeks, months, quarters and years seen in steps of minutes to quarters.
    private static readonly int[] Candidates = [4, 7, 12, 24, 48, 52, 96, 144, 168, 288, 336, 365, 672, 1440];

    // Days, weeks and years: the periods the sun, work and the calendar impose.
    private static readonly TimeSpan[] Calendar = [TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(7), TimeSpan.FromDays(365.25)];

    // A season must stand out of chance (by 3 standard errors, 1/√n each) and explain enough to be worth repeating.
    private const double LeastCorrelation = 0.1;
    private const double StandardErrors = 3;

    /// <summary>
    /// The lag, among those the calendar suggests, at which the changes from row to row correlate most with themselves. Changes are taken
    /// instead of values because a trend correlates at every lag.
    /// </summary>
    /// <param name="values">The series, or its training part [n].</param>
    /// <param name="step">Time between two rows; null when unknown, then all usual periods are tried.</param>
    /// <returns>The number of rows in a season; 1 when none stands out or fewer than two seasons are there.</returns>
    public static int Detect(ReadOnlySpan<double> values, TimeSpan? step)
    {
        double[] changes = new double[Math.Max(0, values.Length - 1)];
        for (int t = 0; t < changes.Length; t++)
        {
            changes[t] = values[t + 1] - values[t];
        }

        int[] lags = [.. (step is { Ticks: > 0 } known ? OfCalendar(known) : Candidates).Where(lag => 2 * lag <= changes.Length).Distinct()];
        var correlations = lags.Select(lag => (Lag: lag, Correlation: Autocorrelation.At(changes, lag))).ToList();
        double least = Math.Max(LeastCorrelation, StandardErrors / Math.Sqrt(changes.Length));
        var best = correlations.OrderByDescending(candidate => candidate.Correlation).FirstOrDefault((Lag: 1, Correlation: double.NaN));
        return best.Correlation >= least ? best.Lag : 1;
    }

    private static IEnumerable<int> OfCalendar(TimeSpan step) => Calendar
        .Select(period => period / step)
        .Where(rows => rows is > 1.5 and < 20_000)
        .Select(rows => (int)Math.Round(rows));
}
