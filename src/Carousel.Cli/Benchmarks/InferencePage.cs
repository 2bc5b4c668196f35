using System.Globalization;
using Carousel.Cli.Output;
using Carousel.Reports;
using Carousel.Reports.Charts;

namespace Carousel.Cli.Benchmarks;

/// <summary>The rows of a benchmark as one HTML page: times of all engines as bars, shares of the limit, time over batch size, histograms, and the table.</summary>
internal sealed class InferencePage
{
    private const int Intervals = 60, CallsWorthAHistogram = 100;

    // An engine that is this many times slower than the fastest would leave no length for the others.
    private const double TooSlowToDraw = 8;

    private readonly IReadOnlyList<InferenceRow> _rows;
    private readonly MarkupWriter _page;

    private InferencePage(IReadOnlyList<InferenceRow> rows, MarkupWriter page)
    {
        (_rows, _page) = (rows, page);
    }

    // The columns, and whether they are worth showing when every row says the same.
    private static IReadOnlyList<(string Heading, Func<InferenceRow, string> Text, bool IsAlways)> Columns { get; } =
    [
        ("model", static row => row.Cell.Mode is CallMode.Window or CallMode.Sliding ? $"{row.Cell.Preset} {row.Cell.ModeName}" : row.Cell.Preset, true),
        ("engine", Engine, true),
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
        ("of the best rival", static row => row.Ratio is { } ratio ? $"{NumberText.Of(ratio)} {row.BestRival}" : "", false),
    ];

    private IEnumerable<InferenceRow> Ours => _rows.Where(IsOurs);

    /// <summary>The page as text.</summary>
    /// <param name="title">What was measured.</param>
    /// <param name="machine">Where.</param>
    /// <param name="rows">The figures.</param>
    public static string Render(string title, MachineFacts machine, IReadOnlyList<InferenceRow> rows) => HtmlPage.Render(
        title, $"{machine.Processor} · {machine.Cores} cores · {machine.System} · {machine.Runtime}", "Written by carousel bench. This page is complete in itself.",
        page => new InferencePage(rows, page).WriteContent());

    private static bool IsOurs(InferenceRow row) => row.Engine == CarouselContender.Name;

    private static string Engine(InferenceRow row) => $"{row.Engine} {row.Precision}";

    private static string Threads(int threads) => threads == 1 ? "1 thread" : $"{NumberText.Count(threads)} threads";

    private void WriteContent()
    {
        if (_rows.Any(static row => row.Cell.Batch > 1))
        {
            WriteBatchCurves();
        }
        else
        {
            WriteTimes();
        }

        WriteLimits();
        WriteHistograms();
        WriteTable();
    }

    private void WriteTimes()
    {
        using (_page.Open("section"))
        {
            _page.Text("h2", "Time of one call");
            _page.Text("p", $"Median in microseconds, shorter is better; Carousel in colour. Engines more than {TooSlowToDraw:0} times slower than the fastest are in the table only.", ("class", "lead"));
            using (_page.Open("div", ("class", "panels")))
            {
                foreach (var contest in _rows.Where(row => row.SpacedUs == _rows[0].SpacedUs).GroupBy(static row => (row.Cell.Preset, row.Cell.Threads)))
                {
                    // A sliding window is no match for full ones: its bar would be all there is to see, so it only stands beside its own.
                    double fastest = contest.Where(static row => row.Cell.Mode != CallMode.Sliding).Select(static row => row.Figures.P50).DefaultIfEmpty(0).Min();
                    (string, double, string)[] bars = [.. contest.OrderBy(static row => row.Figures.P50).Where(row => row.Figures.P50 <= TooSlowToDraw * fastest).Select(static row =>
                        (row.Cell.Mode == CallMode.Sliding ? $"{row.Precision} sliding" : Engine(row), row.Figures.P50, IsOurs(row) ? "model" : "baseline"))];
                    using (_page.Open("figure"))
                    {
                        _page.Text("h3", $"{contest.Key.Preset}, {Threads(contest.Key.Threads)}");
                        new BarChart { Description = $"Median microseconds of {contest.Key.Preset}, {Threads(contest.Key.Threads)}", Width = 520, Bars = bars }.Write(_page);
                    }
                }
            }
        }
    }

    // One chart per model and number of threads, one curve per engine and precision, where it was measured at more than one batch size.
    private void WriteBatchCurves()
    {
        var charts = _rows.GroupBy(static row => (row.Cell.Preset, row.Cell.Threads)).Where(static group => group.Select(static row => row.Cell.Batch).Distinct().Skip(1).Any()).ToArray();
        if (charts.Length == 0)
        {
            return;
        }

        using (_page.Open("section"))
        {
            _page.Text("h2", "Batch size");
            _page.Text("p", "Time of one step of the whole batch, lower is better. Flat where weights are read, rising where multiply-adds take over. Of the rivals those that are the best "
                + "at a batch size; the others are in the table.", ("class", "lead"));
            foreach (var chart in charts)
            {
                // The most compact of ours is drawn last and in colour, the others of ours in ink.
                string[] ours = [.. chart.Where(IsOurs).Select(static row => row.Precision).Distinct().OrderByDescending(Precisions.Bits)];
                var best = chart.Where(IsOurs).Select(static row => row.BestRival).ToHashSet();
                ChartLine[] lines = [.. chart.Where(row => IsOurs(row) || best.Contains(Engine(row))).GroupBy(static row => (row.Engine, row.Precision)).OrderBy(static curve => curve.Key.Engine == CarouselContender.Name).Select((curve, index) =>
                {
                    InferenceRow[] points = [.. curve.OrderBy(static row => row.Cell.Batch)];
                    string style = curve.Key.Engine != CarouselContender.Name ? $"b{index % 6}" : curve.Key.Precision == ours[^1] ? "model" : "truth";
                    return new ChartLine($"{curve.Key.Engine} {curve.Key.Precision}", style, [.. points.Select(static row => (double)row.Cell.Batch)], [.. points.Select(static row => row.UsPerStep)]);
                })];
                using (_page.Open("figure"))
                {
                    _page.Text("h3", $"{chart.Key.Preset}, {Threads(chart.Key.Threads)}: µs per step");
                    new LineChart
                    {
                        Description = $"Microseconds per step of {chart.Key.Preset} over the batch size, {Threads(chart.Key.Threads)}", Height = 360, XLabel = "sequences", LogarithmicX = true, LogarithmicY = true, Lines = lines,
                    }.Write(_page);
                }
            }
        }
    }

    private void WriteLimits()
    {
        // The multiply-adds of a batch are measured in float32 only; in less, reading the weights is no bound that could be reached.
        (string, double, string)[] bars = [.. Ours.Where(row => row.SpacedUs == _rows[0].SpacedUs && (row.Cell.Batch == 1 || row.Precision == Precisions.Float32)).Select(static row =>
        {
            string mode = row.Cell.Mode switch { CallMode.Window => " window", CallMode.Sliding => " sliding", CallMode.Sequence => $" ×{row.Cell.Batch}", _ => "" };
            return ($"{row.Cell.Preset}{mode} {row.Precision}{(row.Cell.Threads > 1 ? $" /{row.Cell.Threads}" : "")}", 100 * row.LimitFraction, row.LimitFraction > 0.5 ? "model" : "baseline");
        })];
        if (bars.Length == 0)
        {
            return;
        }

        using (_page.Open("section"))
        {
            _page.Text("h2", "Fraction of the limit");
            _page.Text("p", "Percent of what this machine could do at best: the time in which the memory level that holds the weights delivers them, or in which the float32 multiply-adds of a batch can be "
                + "done, whichever is longer; both were measured between the calls. More than half is in colour; /2 means two threads.", ("class", "lead"));
            new BarChart { Description = "Percent of the limit that Carousel reached", Bars = bars }.Write(_page);
        }
    }

    // Ours, each followed by its best rival's.
    private void WriteHistograms()
    {
        InferenceRow[] rows = [.. Ours.Where(static row => row.Calls >= CallsWorthAHistogram)];
        if (rows.Length == 0)
        {
            return;
        }

        using (_page.Open("section"))
        {
            _page.Text("h2", "Distributions");
            _page.Text("p", "Number of calls over their duration, up to a little beyond the 99th percentile; what lies above is counted in the heading. Rivals are shown beside the rows whose best rival "
                + "they are.", ("class", "lead"));
            using (_page.Open("div", ("class", "panels")))
            {
                foreach (InferenceRow row in rows)
                {
                    WriteHistogram(row);
                    if (row.Best is { } best)
                    {
                        WriteHistogram(best);
                    }
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
        string name = $"{row.Cell.Preset} {row.Cell.ModeName}, {Engine(row)}, {Threads(row.Cell.Threads)}{batch}{pause}";
        using (_page.Open("figure"))
        {
            _page.Text("h3", histogram.Beyond > 0 ? $"{name} ({NumberText.Count(histogram.Beyond)} beyond)" : name);
            string style = IsOurs(row) ? "model" : "b1";
            new LineChart
            {
                Description = $"Histogram of the durations of {name}", Width = 520, Height = 190, XLabel = "µs", YLabel = "calls", FromZero = true,
                Bands = [new ChartBand("", style, edges, new double[edges.Length], heights)],
                Lines = [new ChartLine("", style, edges, heights)],
                Marks = [new ChartMark(row.Figures.P50, double.NaN, "p50"), new ChartMark(row.Figures.P99, double.NaN, "p99")],
            }.Write(_page);
        }
    }

    private void WriteTable()
    {
        (string Heading, Func<InferenceRow, string> Text)[] columns = [.. Columns.Where(column => column.IsAlways || _rows.Select(column.Text).Distinct().Skip(1).Any())
            .Select(static column => (column.Heading, column.Text))];
        using (_page.Open("section"))
        {
            _page.Text("h2", "Figures");
            _page.Text("p", "Durations of one call in microseconds, fastest first at each model, number of threads, batch and pause.", ("class", "lead"));
            using (_page.Open("div", ("class", "scroll dense")))
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
                    foreach (InferenceRow row in _rows.GroupBy(static row => (row.Cell.Preset, row.Cell.Threads, row.Cell.Batch, row.SpacedUs)).SelectMany(static contest => contest.OrderBy(static row => row.Figures.P50)))
                    {
                        using (IsOurs(row) ? _page.Open("tr", ("class", "model")) : _page.Open("tr"))
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
}
