using System.Globalization;
using System.Xml.Linq;
using Carousel.Metrics;
using Carousel.Reports;

namespace Carousel.Tests.Reports;

public sealed class ReportPageTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Render_full_report_is_well_formed_and_holds_every_part()
    {
        TrainingReport report = ExampleReport.Create();

        XDocument page = XDocument.Parse(ReportPage.Render(report));

        Assert.Equal(["How good it is", "Forecast and truth", "How far it sees", "How it learned", "What was done"], Headings(page).Where(static text => text != "Please note"));
        Assert.Contains("Please note", Headings(page));

        // The sign, one bar chart, five forecasts, the horizon, the loss and the learning rate.
        Assert.Equal(1 + 1 + 5 + 1 + 2, page.Descendants(Svg + "svg").Count());
        Assert.Contains("2.5 % better than linear window", page.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("best: step 1,600", page.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_full_report_needs_nothing_else()
    {
        XDocument page = XDocument.Parse(ReportPage.Render(ExampleReport.Create()));

        Assert.DoesNotContain(page.Descendants(), static element => element.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.DoesNotContain(page.Descendants().Attributes(), static attribute => attribute.Name.LocalName is "src" or "href");
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_marks_the_best_of_each_column()
    {
        XDocument page = XDocument.Parse(ReportPage.Render(ExampleReport.Create()));

        string[] best = [.. page.Descendants("td").Where(static cell => (string?)cell.Attribute("class") == "best").Select(static cell => cell.Value)];
        Assert.Equal(["0.02583", "0.1234", "0.8610", "0.7900", "0.1320", "0.03090"], best);
    }

    [Theory]
    [InlineData(0.5, 1, "50.0 % better than naive")]
    [InlineData(2, 1, "100.0 % worse than naive")]
    [InlineData(1, 1, "as good as naive")]
    [InlineData(0.05, 1e-15, "far worse than naive")]
    public void Render_compares_with_the_best_baseline(double model, double baseline, string expected)
    {
        TrainingReport report = ExampleReport.Create() with
        {
            Metrics = [new("test", [new("mse")], [new("LSTM", true, [model]), new("drift", false, [baseline * 3]), new("naive", false, [baseline])])],
        };

        XDocument page = XDocument.Parse(ReportPage.Render(report));

        Assert.Contains(page.Descendants("div"), div => ((string?)div.Attribute("class"))?.StartsWith("detail", StringComparison.Ordinal) == true && div.Value == expected);
    }

    [Fact]
    public void Render_marks_the_words_that_were_not_understood()
    {
        const string Said = "one <b> two three", Heard = "one two five six";
        var errors = ErrorRate.OfWords([Said], [Heard]);
        XDocument page = XDocument.Parse(ReportPage.Render(ExampleReport.Create() with { Recognition = new("test", [new("words", errors)], [new("a.wav", Said, Heard), new("b.wav", "", "a")]) }), LoadOptions.PreserveWhitespace);

        Assert.Equal(["<b>", "two", "three", "two", "five", "six", "a"], page.Descendants("mark").Select(static mark => mark.Value));
        Assert.Contains(page.Descendants("td"), static cell => cell.Value == Said);
        Assert.Contains(page.Descendants("td"), static cell => cell.Value == "nothing");
        Assert.Contains("75.0 %", page.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_untrusted_text_stays_text()
    {
        const string Evil = "<script>alert('x')</script>\"'&\0\u0007\ud800]]>";
        const string Harmless = "<script>alert('x')</script>\"'&\uFFFD\uFFFD\uFFFD]]>";
        TrainingReport example = ExampleReport.Create();
        TrainingReport report = example with
        {
            Run = Evil,
            Task = Evil,
            Description = Evil,
            HorizonMetric = Evil,
            Notes = [Evil],
            Facts = [new(Evil, [new(Evil, Evil)])],
            Metrics = [new(Evil, [new(Evil)], [new(Evil, true, [1]), new(Evil, false, [2])])],
            Forecasts = [example.Forecasts[0] with { Title = Evil, Target = Evil, Unit = Evil, BandName = Evil }],
            HorizonErrors = [new(Evil, true, [1, 2])],
        };

        string text = ReportPage.Render(report);
        XDocument page = XDocument.Parse(text);

        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Harmless, page.Descendants("h1").Single().Value);
        Assert.Contains(page.Descendants("li"), static note => note.Value == Harmless);
        Assert.Contains(page.Descendants(Svg + "title"), static title => title.Value.Contains(Harmless, StringComparison.Ordinal));
    }

    [Fact]
    public void Render_empty_report_is_a_page()
    {
        TrainingReport report = new() { Run = "nothing", Task = "nothing", Created = DateTimeOffset.UnixEpoch, Parameters = 0, Seconds = 0 };

        XDocument page = XDocument.Parse(ReportPage.Render(report));

        Assert.Equal("nothing", page.Descendants("h1").Single().Value);
        Assert.Empty(Headings(page));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.MaxValue)]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(1e-300)]
    public void Render_any_number_everywhere_draws_finite_coordinates(double number)
    {
        double[] values = [.. Enumerable.Repeat(number, 5)];
        TrainingReport report = ExampleReport.Create() with
        {
            Seconds = number,
            History = [.. Enumerable.Range(1, 5).Select(i => new HistoryPoint(i, number, number, number))],
            BestStep = 3,
            Metrics = [new("test", [new("mse")], [new("LSTM", true, [number]), new("naive", false, [number])])],
            Forecasts = [new ForecastPanel { Title = "t", Target = "y", History = values, Truth = values, Prediction = values, Lower = values, Upper = values }],
            HorizonErrors = [new("LSTM", true, values)],
        };

        XDocument page = XDocument.Parse(ReportPage.Render(report));

        AssertFiniteCoordinates(page);
    }

    [Fact]
    public void Render_gaps_and_short_truth_break_the_curve()
    {
        TrainingReport report = ExampleReport.Create() with
        {
            HorizonErrors = [],
            History = [],
            Forecasts = [new ForecastPanel { Title = "t", Target = "y", Truth = [1, 2, double.NaN, 4, 5], Prediction = [1, 2, 3, 4, 5, 6, 7] }],
        };

        XDocument page = XDocument.Parse(ReportPage.Render(report));

        Assert.Equal(2, page.Descendants(Svg + "path").Count(static path => (string?)path.Attribute("class") == "line truth"));
        AssertFiniteCoordinates(page);
    }

    [Fact]
    public void Render_does_not_depend_on_the_culture()
    {
        string expected = ReportPage.Render(ExampleReport.Create());
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "minus";
        comma.DateTimeFormat.DateSeparator = ".";
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.Equal(expected, ReportPage.Render(ExampleReport.Create()));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Render_a_million_points_stays_small()
    {
        double[] values = [.. Enumerable.Range(0, 1_000_000).Select(static i => Math.Sin(i * 0.37))];
        TrainingReport report = ExampleReport.Create() with { Forecasts = [new ForecastPanel { Title = "t", Target = "y", Truth = values, Prediction = values, Wide = true }] };

        Assert.InRange(ReportPage.Render(report).Length, 1, 300_000);
    }

    private static IEnumerable<string> Headings(XDocument page) => page.Descendants("h2").Select(static heading => heading.Value);

    private static void AssertFiniteCoordinates(XDocument page)
    {
        string[] coordinates = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"];
        Assert.All(page.Descendants().Where(static element => element.Name.Namespace == Svg).Attributes().Where(attribute => coordinates.Contains(attribute.Name.LocalName)),
            static attribute => Assert.InRange(double.Parse(attribute.Value, CultureInfo.InvariantCulture), -100_000, 100_000));
        Assert.All(page.Descendants(Svg + "path").Attributes("d"), static path => Assert.Matches(@"^([MLZ \d.\-])+$", path.Value));
    }
}
