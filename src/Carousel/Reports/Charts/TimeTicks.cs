using System.Globalization;

namespace Carousel.Reports.Charts;

/// <summary>Marks of a time axis: at full hours, midnights, first days of months, or new years.</summary>
internal static class TimeTicks
{
    private static readonly double[] Hours = [1.0 / 60, 5.0 / 60, 0.25, 0.5, 1, 3, 6, 12, 24, 48, 24 * 7, 24 * 14];
    private static readonly int[] Months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000];

    /// <summary>A time as a number for an axis: days since the first day of the calendar, which every <see cref="DateTime"/> has.</summary>
    public static double Days(DateTime time) => (double)time.Ticks / TimeSpan.TicksPerDay;

    /// <summary>The time that <see cref="Days"/> made a number of.</summary>
    public static DateTime FromDays(double days) => new((long)Math.Clamp(days * TimeSpan.TicksPerDay, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay));

    /// <summary>About <paramref name="marks"/> marks from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public static IReadOnlyList<Tick> Between(DateTime start, DateTime end, int marks)
    {
        double wanted = (end - start).TotalHours / marks;
        foreach (double hours in Hours)
        {
            if (hours >= wanted)
            {
                return ByHours(start, end, hours);
            }
        }

        const double HoursPerMonth = 24 * 30.44;
        int months = Months.FirstOrDefault(months => months * HoursPerMonth >= wanted, Months[^1]);
        return ByMonths(start, end, months);
    }

    private static List<Tick> ByHours(DateTime start, DateTime end, double hours)
    {
        string format = hours >= 24 ? "d MMM" : "HH:mm";
        long step = TimeSpan.FromHours(hours).Ticks;
        List<Tick> ticks = [];

        // Counted from day 0 of the calendar, which was a Monday: steps of a week fall on Mondays.
        for (long at = start.Ticks / step * step; at <= end.Ticks; at += step)
        {
            var time = new DateTime(at);
            bool midnight = time.TimeOfDay == TimeSpan.Zero;
            ticks.Add(new Tick(Days(time), time.ToString(midnight ? "d MMM" : format, CultureInfo.InvariantCulture)));
        }

        return ticks;
    }

    private static List<Tick> ByMonths(DateTime start, DateTime end, int months)
    {
        List<Tick> ticks = [];
        int first = ((start.Year * 12) + start.Month - 1) / months * months;
        int last = (end.Year * 12) + end.Month - 1;
        for (int at = first; at <= last; at += months)
        {
            if (at is < 12 or >= 12 * 9999)
            {
                continue;
            }

            var time = new DateTime(at / 12, (at % 12) + 1, 1);
            if (time < start)
            {
                continue;
            }

            string format = months >= 12 ? "yyyy" : at % 12 == 0 || ticks.Count == 0 ? "MMM yyyy" : "MMM";
            ticks.Add(new Tick(Days(time), time.ToString(format, CultureInfo.InvariantCulture)));
        }

        return ticks;
    }
}
