using Carousel.Reports.Charts;

namespace Carousel.Tests.Reports;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0, 1, 5, "0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(-3.2, 7.9, 4, "-5 0 5 10")]
    [InlineData(17, 17, 4, "15 16 17 18 19")]
    [InlineData(0, 0, 4, "-1.0 -0.5 0 0.5 1.0")]
    [InlineData(0.00012, 0.00031, 4, "0.00010 0.00015 0.00020 0.00025 0.00030 0.00035")]
    [InlineData(0, 43000, 5, "0 10,000 20,000 30,000 40,000 50,000")]
    public void Linear_marks_stand_at_round_numbers(double minimum, double maximum, int marks, string expected) =>
        Assert.Equal(expected, Labels(Axis.Linear(minimum, maximum, marks, rounded: true)));

    [Theory]
    [InlineData(0.002, 3, "0.01 0.1 1")]
    [InlineData(0.03, 0.4, "0.05 0.1 0.2")]
    [InlineData(1e-8, 1, "1e-8 1e-7 1e-6 1e-5 0.0001 0.001 0.01 0.1 1")]
    public void Logarithmic_marks_stand_at_powers_of_ten(double minimum, double maximum, string expected) =>
        Assert.Equal(expected, Labels(Axis.Logarithmic(minimum, maximum)));

    [Theory]
    [InlineData("2018-02-20 05:00", "2018-02-21 04:00", 4, "06:00 12:00 18:00 21 Feb")]
    [InlineData("2018-02-20", "2018-04-02", 5, "26 Feb 12 Mar 26 Mar")]
    [InlineData("1949-01-01", "1960-12-01", 6, "1950 1952 1954 1956 1958 1960")]
    [InlineData("2016-11-15", "2017-06-01", 7, "Dec 2016 Jan 2017 Feb Mar Apr May Jun")]
    [InlineData("0001-01-01", "9999-12-31", 10, "1000 2000 3000 4000 5000 6000 7000 8000 9000")]
    public void Time_marks_stand_where_the_calendar_turns(string start, string end, int marks, string expected) =>
        Assert.Equal(expected, Labels(Axis.Time(TimeTicks.Days(At(start)), TimeTicks.Days(At(end)), marks)));

    [Fact]
    public void Position_is_0_at_the_beginning_and_1_at_the_end()
    {
        Assert.Equal(0.5, Axis.Linear(0, 10, 5, rounded: true).Position(5), 12);
        Assert.Equal(0.5, Axis.Logarithmic(0.01, 100).Position(1), 12);
    }

    private static DateTime At(string text) => DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static string Labels(Axis axis) => string.Join(' ', axis.Ticks.Select(static tick => tick.Label));
}
