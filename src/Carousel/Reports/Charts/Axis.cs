using System.Globalization;

namespace Carousel.Reports.Charts;

/// <summary>Maps the numbers of one direction to 0 … 1 and says where its marks stand.</summary>
internal sealed class Axis
{
    private readonly double _start;
    private readonly double _length;
    private readonly bool _logarithmic;

    private Axis(double minimum, double maximum, bool logarithmic, IReadOnlyList<Tick> ticks)
    {
        _logarithmic = logarithmic;
        _start = Transform(minimum);
        _length = Transform(maximum) - _start;
        Ticks = [.. ticks.Where(tick => Position(tick.Value) is >= -1e-9 and <= 1 + 1e-9)];
    }

    /// <summary>The marks that lie on the axis, in increasing order.</summary>
    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>Place of a value: 0 at the beginning, 1 at the end.</summary>
    public double Position(double value) => (Transform(value) - _start) / _length;

    /// <summary>An axis of evenly spaced numbers that just holds the data.</summary>
    /// <param name="minimum">Smallest value; finite.</param>
    /// <param name="maximum">Largest value; finite, not smaller.</param>
    /// <param name="marks">About how many marks.</param>
    /// <param name="rounded">True to let the axis begin and end at a mark.</param>
    public static Axis Linear(double minimum, double maximum, int marks, bool rounded)
    {
        if (maximum - minimum <= 1e-12 * Math.Max(Math.Abs(minimum), Math.Abs(maximum)) || maximum == minimum)
        {
            double room = minimum == 0 ? 1 : 0.1 * Math.Abs(minimum);
            (minimum, maximum) = (minimum - room, maximum + room);
        }

        double step = NiceStep((maximum - minimum) / marks);
        double first = Math.Floor(minimum / step), last = Math.Ceiling(maximum / step);
        if (rounded)
        {
            (minimum, maximum) = (first * step, last * step);
        }

        List<Tick> ticks = [];
        for (double index = first; index <= last && ticks.Count <= 4 * marks; index++)
        {
            ticks.Add(new Tick(index * step, Label(index * step, step)));
        }

        return new Axis(minimum, maximum, false, ticks);
    }

    /// <summary>An axis on which every factor of ten takes the same room.</summary>
    /// <param name="minimum">Smallest value, above zero.</param>
    /// <param name="maximum">Largest value, finite, not smaller.</param>
    public static Axis Logarithmic(double minimum, double maximum)
    {
        if (maximum <= minimum * 1.0001)
        {
            (minimum, maximum) = (minimum / 2, maximum * 2);
        }

        int first = (int)Math.Floor(Math.Log10(minimum)), last = (int)Math.Ceiling(Math.Log10(maximum));
        ReadOnlySpan<double> within = maximum < 100 * minimum ? [1, 2, 5] : [1];
        int every = Math.Max(1, (last - first) / 6);
        List<Tick> ticks = [];
        for (int exponent = first; exponent <= last; exponent += every)
        {
            foreach (double digit in within)
            {
                double value = digit * Math.Pow(10, exponent);
                ticks.Add(new Tick(value, value is >= 1e-4 and < 1e6 ? value.ToString("#,0.#####", CultureInfo.InvariantCulture) : value.ToString("0e-0", CultureInfo.InvariantCulture)));
            }
        }

        return new Axis(minimum, maximum, true, ticks);
    }

    /// <summary>An axis of times; values are those of <see cref="TimeTicks.Days"/>.</summary>
    /// <param name="minimum">First time.</param>
    /// <param name="maximum">Last time, not earlier.</param>
    /// <param name="marks">About how many marks.</param>
    public static Axis Time(double minimum, double maximum, int marks) =>
        maximum > minimum ? new Axis(minimum, maximum, false, TimeTicks.Between(TimeTicks.FromDays(minimum), TimeTicks.FromDays(maximum), marks))
        : new Axis(minimum - 0.5, maximum + 0.5, false, [new Tick(minimum, TimeTicks.FromDays(minimum).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture))]);

    private double Transform(double value) => _logarithmic ? Math.Log10(value) : value;

    // 1, 2 or 5 times a power of ten, not below the wanted step.
    private static double NiceStep(double wanted)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(wanted)));
        double digits = wanted / power;
        return power * (digits <= 1.0000001 ? 1 : digits <= 2.0000001 ? 2 : digits <= 5.0000001 ? 5 : 10);
    }

    private static string Label(double value, double step)
    {
        if (Math.Abs(value) < step / 2)
        {
            return "0";
        }

        int decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9));
        return Math.Abs(value) >= 1e7 || decimals > 6
            ? value.ToString("0.###e-0", CultureInfo.InvariantCulture)
            : value.ToString("#,0." + new string('0', decimals), CultureInfo.InvariantCulture);
    }
}
