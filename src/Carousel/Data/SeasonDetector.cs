using Carousel.Metrics;

namespace Carousel.Data;

/// <summary>Guesses after how many rows a series repeats itself.</summary>
public static class SeasonDetector
{
    // Hours, days, weeks, months, quarters and years seen in steps of minutes to quarters.
    private static readonly int[] Candidates = [4, 7, 12, 24, 48, 52, 96, 144, 168, 288, 336, 365, 672, 1440];

    // Hours, days, weeks and years: the periods machines, the sun, work and the calendar impose.
    private static readonly TimeSpan[] Calendar = [TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(7), TimeSpan.FromDays(365.25)];

    // Noise and random walks of ten periods stay below this nineteen times in twenty.
    private const double LeastCorrelation = 0.3;

    // A multiple of a season repeats as well as the season itself; the longer one must be better by more than chance.
    private const double ClearlyBetter = 0.1;

    /// <summary>
    /// The shortest lag, among those the calendar suggests, at which the series without its moving average over that lag correlates best with
    /// itself. A trend and the wandering of a random walk go with the moving average; a season stays.
    /// </summary>
    /// <param name="values">The series, or its training part [n].</param>
    /// <param name="step">Time between two rows; null when unknown, then all usual periods are tried.</param>
    /// <returns>The number of rows in a season; 1 when none stands out or fewer than three seasons are there.</returns>
    public static int Detect(ReadOnlySpan<double> values, TimeSpan? step)
    {
        (int best, double correlation) = (1, LeastCorrelation - ClearlyBetter);
        int rows = values.Length;
        double largest = rows == 0 ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(values));
        foreach (int lag in (step is { Ticks: > 0 } known ? OfCalendar(known) : Candidates).Where(lag => 3 * lag <= rows).Distinct().Order())
        {
            // Where only rounding is left of a straight line, its last bits are no season.
            double[] rest = WithoutTrend(values, lag);
            bool isNothing = rest.Max(Math.Abs) <= 1e-9 * largest;
            double candidate = isNothing ? 0 : Autocorrelation.At(rest, lag);
            if (candidate >= correlation + ClearlyBetter)
            {
                (best, correlation) = (lag, candidate);
            }
        }

        return best;
    }

    private static IEnumerable<int> OfCalendar(TimeSpan step) => Calendar
        .Select(period => period / step)
        .Where(rows => rows > 1.5)
        .Select(rows => (int)Math.Min(int.MaxValue / 4, Math.Round(rows)));

    /// <summary>x_t minus the centred mean of one period around it (end points half each when the period is even), [n − 2·⌊period/2⌋].</summary>
    private static double[] WithoutTrend(ReadOnlySpan<double> values, int period)
    {
        int half = period / 2;
        double[] rest = new double[values.Length - (2 * half)];
        double sum = 0;
        for (int t = 0; t <= 2 * half; t++)
        {
            sum += values[t];
        }

        for (int t = 0; t < rest.Length; t++)
        {
            double ends = period % 2 == 0 ? 0.5 * (values[t] + values[t + (2 * half)]) : 0;
            rest[t] = values[t + half] - ((sum - ends) / period);
            if (t + 1 < rest.Length)
            {
                sum += values[t + (2 * half) + 1] - values[t];
            }
        }

        return rest;
    }
}
