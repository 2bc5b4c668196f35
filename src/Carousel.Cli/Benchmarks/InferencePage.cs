using System.Globalization;
using System.Text;
using System.Xml;
using Carousel.Cli.Output;
using Carousel.Reports;
using Carousel.Reports.Charts;

namespace Carousel.Cli.Benchmarks;

/// <summary>The rows of a benchmark as one HTML page that needs nothing else: table, a histogram of every row, time over batch size. Well-formed XML too.</summary>
internal sealed class InferencePage
{
    private const int Intervals = 60;

    private readonly string _title;
    private readonly MachineFacts _machine;
    private readonly IReadOnlyList<InferenceRow> _rows;
    private readonly MarkupWriter _page;

    private InferencePage(string title, MachineFacts machine, IReadOnlyList<InferenceRow> rows, MarkupWriter page)
    {
        (_title, _machine, _rows, _page) = (title, machine, rows, page);
    }

    // The columns, and whether they are worth showing when every row says the same.
    private static IReadOnlyList<(string Heading, Func<InferenceRow, string> Text, bool IsAlways)> Columns { get; } =
    [
        ("model", static row => row.Cell.Mode is CallMode.Window or CallMode.Sliding ? $"{row.Cell.Preset} {row.Cell.ModeName}" : row.Cell.Preset, true),
        ("engine", static row => $"{row.Engine} {row.Precision}", true),
        ("threads", static row => NumberText.Count(row.Cell.Threads), false),
        ("batch", static row => NumberText.Count(row.Cell.Batch), false),
        ("pause µs", static row => row.SpacedUs.ToString(CultureInfo.InvariantCulture), false),
        ("calls", static row => NumberText.Count(row.Calls), false),
        ("mean µs", static row => NumberText.Of(row.Figures.Mean), true),
        ("p50", static row => NumberText.Of(row.Figures.P50), true),
        ("p99", static row => NumberText.Of(row.Figures.P99), true),
        ("p99.9", static row => NumberText.Of(row.Figures.P999), true),
        ("max", static row => NumberText.Of(row.Figures.Max), true),
        ("of limit", static row => NumberText.Percent(row.LimitFraction), true),
        ("beside best rival", static row => row.Ratio is { } ratio ? $"{NumberText.Of(ratio)} of {row.BestRival}" : "", false),
    ];

    /// <summary>The page as text.</summary>
    /// <param name="title">What was measured.</param>
    /// <param name="machine">Where.</param>
    /// <param name="rows">The figures.</param>
    public static string Render(string title, MachineFacts machine, IReadOnlyList<InferenceRow> rows)
    {
        StringBuilder text = new("<!DOCTYPE html>\n");
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, ConformanceLevel = ConformanceLevel.Fragment, NewLineHandling = NewLineHandling.None }))
        {
            new InferencePage(title, machine, rows, new MarkupWriter(xml)).WriteDocument();
        }

        return text.Append('\n').ToString();
    }

    private void WriteDocument()
    {
        using (_page.Open("html", ("lang", "en")))
        {
            using (_page.Open("head"))
            {
                _page.Empty("meta", ("charset", "utf-8"));
                _page.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
                _page.Text("title", $"{_title} · Carousel");
                using (_page.Open("style"))
                {
                    _page.Trusted(ReportStyle.Css);
                }
            }

            using (_page.Open("body"))
            using (_page.Open("main"))
            {
                using (_page.Open("header"))
                {
                    _page.Trusted(ReportStyle.Sign);
                    using (_page.Open("div"))
                    {
                        _page.Text("h1", _title);
                        _page.Text("p", $"{_machine.Processor} · {_machine.Cores} cores · {_machine.System} · {_machine.Runtime}");
                    }
                }

                WriteTable();
                WriteBatchCurves();
                WriteHistograms();
                _page.Text("footer", "Written by carousel bench. This page is complete in itself.");
            }
        }
    }

    private void WriteTable()
    {
        (string Heading, Func<InferenceRow, string> Text)[] columns = [.. Columns.Where(column => column.IsAlways || _rows.Select(column.Text).Distinct().Skip(1).Any())
            .Select(static column => (column.Heading, column.Text))];
        using (_page.Open("section"))
        {
            _page.Text("h2", "Figures");
            _page.Text("p", "Durations of one call. The limit is the time in which the memory level that holds the weights delivers them once per step, or in which the multiply-adds of "
                + "the batch can be done, whichever is longer; both were measured between the calls.", ("class", "lead"));
            using (_page.Open("div", ("class", "scroll")))
            using (_page.Open("table"))
            {
                using (_page.Open("thead"))
                using (_page.Open("tr"))
                {
                    foreach ((string heading, _) in columns)
                    {
                        _page.Text("th", heading);
                    }
                }

                using (_page.Open("tbody"))
                {
                    foreach (InferenceRow row in _rows)
                    {
                        using (row.BestRival is not null ? _page.Open("tr", ("class", "model")) : _page.Open("tr"))
                        {
                            foreach ((_, Func<InferenceRow, string> text) in columns)
                            {
                                _page.Text("td", text(row));
                            }
                        }
                    }
                }
            }
        }
    }

    // One curve per engine, precision and number of threads, where it was measured at more than one batch size.
    private void WriteBatchCurves()
    {
        var charts = _rows.GroupBy(static row => row.Cell.Preset).Where(static group => group.Select(static row => row.Cell.Batch).Distinct().Skip(1).Any()).ToArray();
        if (charts.Length == 0)
        {
            return;
        }

        using (_page.Open("section"))
        {
            _page.Text("h2", "Batch size");
            _page.Text("p", "Time of one step of the whole batch. Flat where weights are read, rising where multiply-adds take over.", ("class", "lead"));
            using (_page.Open("div", ("class", "panels")))
            {
                foreach (IGrouping<string, InferenceRow> chart in charts)
                {
                    ChartLine[] lines = [.. chart.GroupBy(static row => (row.Engine, row.Precision, row.Cell.Threads)).Select(static (curve, index) =>
                    {
                        InferenceRow[] points = [.. curve.OrderBy(static row => row.Cell.Batch)];
                        string name = string.Create(CultureInfo.InvariantCulture, $"{curve.Key.Engine} {curve.Key.Precision}, {curve.Key.Threads}");
                        return new ChartLine(name, curve.Key.Engine == "carousel" ? "model" : $"b{index % 6}", [.. points.Select(static row => (double)row.Cell.Batch)], [.. points.Select(static row => row.UsPerStep)]);
                    })];
                    using (_page.Open("figure"))
                    {
                        _page.Text("h3", chart.Key);
                        new LineChart
                        {
                            Description = $"Microseconds per step of {chart.Key} over the batch size", Width = 520, Height = 280, XLabel = "sequences", YLabel = "µs per step",
                            LogarithmicX = true, LogarithmicY = true, Lines = lines,
                        }.Write(_page);
                    }
                }
            }
        }
    }

    private void WriteHistograms()
    {
        using (_page.Open("section"))
        {
            _page.Text("h2", "Distributions");
            _page.Text("p", "Number of calls over their duration, up to a little beyond the 99th percentile; what lies above is counted in the heading.", ("class", "lead"));
            using (_page.Open("div", ("class", "panels")))
            {
                foreach (InferenceRow row in _rows)
                {
                    WriteHistogram(row);
                }
            }
        }
    }

    private void WriteHistogram(InferenceRow row)
    {
        Histogram histogram = Histogram.Of(row.Rounds.SelectMany(static round => round), Intervals);
        double[] edges = [.. Enumerable.Range(0, Intervals).SelectMany(i => (double[])[histogram.Start + (i * histogram.Width), histogram.Start + ((i + 1) * histogram.Width)])];
        double[] heights = [.. histogram.Counts.SelectMany(static count => (double[])[count, count])];
        string pause = row.SpacedUs > 0 ? string.Create(CultureInfo.InvariantCulture, $", {row.SpacedUs} µs apart") : "", batch = row.Cell.Batch > 1 ? $", batch {row.Cell.Batch}" : "";
        string name = $"{row.Cell.Preset} {row.Cell.ModeName}, {row.Engine} {row.Precision}{batch}{pause}";
        using (_page.Open("figure"))
        {
            _page.Text("h3", histogram.Beyond > 0 ? $"{name} ({NumberText.Count(histogram.Beyond)} calls beyond)" : name);
            string style = row.Engine == "carousel" ? "model" : "b1";
            new LineChart
            {
                Description = $"Histogram of the durations of {name}", Width = 520, Height = 220, XLabel = "µs", YLabel = "calls", FromZero = true,
                Bands = [new ChartBand("", style, edges, new double[edges.Length], heights)],
                Lines = [new ChartLine("", style, edges, heights)],
                Marks = [new ChartMark(row.Figures.P50, double.NaN, "p50"), new ChartMark(row.Figures.P99, double.NaN, "p99")],
            }.Write(_page);
        }
    }
}
