using System.Globalization;
using Carousel.Reports.Charts;

namespace Carousel.Reports;

/// <summary>
/// Turns a <see cref="TrainingReport"/> into one HTML page that needs nothing else (<see cref="HtmlPage"/>).
/// </summary>
public sealed class ReportPage
{
    private readonly TrainingReport _report;
    private readonly MarkupWriter _page;

    private ReportPage(TrainingReport report, MarkupWriter page)
    {
        _report = report;
        _page = page;
    }

    /// <summary>The page as text.</summary>
    /// <param name="report">What it shows.</param>
    public static string Render(TrainingReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return HtmlPage.Render(
            report.Run,
            $"{report.Task} · {report.Created.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)}",
            "Written by Carousel. This page is complete in itself: it can be mailed, archived and printed.",
            page => new ReportPage(report, page).WriteContent());
    }

    private void WriteContent()
    {
        if (_report.Description.Length > 0)
        {
            _page.Text("p", _report.Description, ("class", "description"));
        }

        WriteKeyFigures();
        WriteNotes();
        WriteMetrics();
        new ForecastSection(_report).Write(_page);
        new TranslationSection(_report).Write(_page);
        new ConfusionSection(_report).Write(_page);
        new RecognitionSection(_report).Write(_page);
        WriteHistory();
        WriteFacts();
    }

    private void WriteKeyFigures()
    {
        using (_page.Open("div", ("class", "figures")))
        {
            if (Headline.Of(_report) is { } headline)
            {
                WriteFigure(headline.Name, headline.Value, headline.Comparison, headline.IsBetter is not { } better ? "detail" : better ? "detail good" : "detail bad");
            }

            WriteFigure("parameters", NumberText.Count(_report.Parameters), "trained numbers", "detail");
            WriteFigure("training time", NumberText.Duration(_report.Seconds), Steps(), "detail");
            if (_report.BestStep is { } best)
            {
                HistoryPoint? point = _report.History.FirstOrDefault(point => point.Step == best);
                WriteFigure("best step", NumberText.Count(best), point is null ? "" : $"validation loss {NumberText.Of(point.ValidLoss)}", "detail");
            }
        }
    }

    private string Steps() => _report.History.Count > 0 ? $"{NumberText.Count(_report.History[^1].Step)} steps" : "";

    private void WriteFigure(string name, string value, string detail, string detailClass)
    {
        using (_page.Open("div", ("class", "figure")))
        {
            _page.Text("div", name, ("class", "name"));
            _page.Text("div", value, ("class", "value"));
            _page.Text("div", detail, ("class", detailClass));
        }
    }

    private void WriteNotes()
    {
        if (_report.Notes.Count == 0)
        {
            return;
        }

        using (_page.Open("section", ("class", "notes")))
        {
            _page.Text("h2", "Please note");
            using (_page.Open("ul"))
            {
                foreach (string note in _report.Notes)
                {
                    _page.Text("li", note);
                }
            }
        }
    }

    private void WriteMetrics()
    {
        if (_report.Metrics.Count == 0)
        {
            return;
        }

        using (_page.Open("section"))
        {
            _page.Text("h2", "How good it is");
            _page.Text("p", _report.Metrics[0].Rows.Count > 1 ? "The model beside simple baselines on the same data. The best of each column is marked." : "Measured on what was not trained on.", ("class", "lead"));
            for (int i = 0; i < _report.Metrics.Count; i++)
            {
                MetricsTable table = _report.Metrics[i];
                using (_page.Open("div", ("class", i == 0 ? "scroll" : "scroll split")))
                {
                    WriteTable(table);
                }

                if (i == 0)
                {
                    WriteBars(table);
                }
            }
        }
    }

    private void WriteTable(MetricsTable table)
    {
        using (_page.Open("table"))
        {
            using (_page.Open("thead"))
            using (_page.Open("tr"))
            {
                _page.Text("th", $"{table.Split} part");
                foreach (MetricColumn column in table.Columns)
                {
                    _page.Text("th", $"{NumberText.Metric(column.Name)} {(column.HigherIsBetter ? "↑" : "↓")}", ("title", column.HigherIsBetter ? "higher is better" : "lower is better"));
                }
            }

            using (_page.Open("tbody"))
            {
                foreach (MetricsRow row in table.Rows)
                {
                    WriteRow(table, row);
                }
            }
        }
    }

    private void WriteRow(MetricsTable table, MetricsRow row)
    {
        using (_page.Open("tr", ("class", row.IsModel ? "model" : "baseline")))
        {
            _page.Text("td", row.Name);
            for (int i = 0; i < table.Columns.Count; i++)
            {
                double value = i < row.Values.Count ? row.Values[i] : double.NaN;
                bool best = double.IsFinite(value) && value == Headline.Best(table, i);
                using (_page.Open("td", ("class", best ? "best" : "")))
                {
                    _page.Text("span", NumberText.Of(value));
                }
            }
        }
    }

    private void WriteBars(MetricsTable table)
    {
        int column = Headline.PrimaryColumn(_report, table);
        if (column < 0 || table.Rows.Count < 2)
        {
            return;
        }

        string name = NumberText.Metric(table.Columns[column].Name);
        using (_page.Open("div", ("class", "bars")))
        {
            _page.Text("h3", $"{name} on the {table.Split} part, {(table.Columns[column].HigherIsBetter ? "longer" : "shorter")} is better");
            new BarChart
            {
                Description = $"{name} of the model and the baselines",
                Width = 760,
                Bars = [.. table.Rows.Select(row => (row.Name, column < row.Values.Count ? row.Values[column] : double.NaN, row.IsModel ? "model" : "baseline"))],
            }.Write(_page);
        }
    }

    private void WriteHistory()
    {
        if (_report.History.Count == 0)
        {
            return;
        }

        double[] steps = [.. _report.History.Select(static point => (double)point.Step)];
        double[] train = [.. _report.History.Select(static point => point.TrainLoss)], valid = [.. _report.History.Select(static point => point.ValidLoss)];
        double[] rates = [.. _report.History.Select(static point => point.LearningRate)];
        HistoryPoint? best = _report.BestStep is { } step ? _report.History.FirstOrDefault(point => point.Step == step) : null;
        using (_page.Open("section"))
        {
            _page.Text("h2", "How it learned");
            _page.Text("p", best is null ? "Loss by training step." : "Loss by training step. The weights of the marked step were kept.", ("class", "lead"));
            new LineChart
            {
                Description = "Training and validation loss by step",
                YLabel = "loss",
                XLabel = rates.Any(double.IsFinite) ? "" : "step",
                LogarithmicY = _report.LogarithmicLoss ?? SpansDecades([.. train, .. valid]),
                Lines = [.. Line("training", "train", train), .. Line("validation", "valid", valid)],
                Marks = best is null ? [] : [new ChartMark(best.Step, best.ValidLoss, $"best: step {NumberText.Count(best.Step)}, {NumberText.Of(best.ValidLoss)}")],
            }.Write(_page);
            if (rates.Any(double.IsFinite))
            {
                new LineChart { Description = "Learning rate by step", Height = 150, XLabel = "step", YLabel = "learning rate", FromZero = true, Lines = [new ChartLine("", "history", steps, rates)] }.Write(_page);
            }
        }

        IEnumerable<ChartLine> Line(string name, string style, double[] values) =>
            values.Any(double.IsFinite) ? [new ChartLine(name, style, steps, values)] : [];
    }

    // A curve that falls by more than a factor of eight hides its end on a linear axis.
    private static bool SpansDecades(double[] losses)
    {
        double[] finite = [.. losses.Where(double.IsFinite)];
        return finite.Length > 0 && finite.Min() > 0 && finite.Max() / finite.Min() > 8;
    }

    private void WriteFacts()
    {
        if (_report.Facts.Count == 0)
        {
            return;
        }

        using (_page.Open("section"))
        {
            _page.Text("h2", "What was done");
            _page.Text("p", "Everything needed to do it again.", ("class", "lead"));
            using (_page.Open("div", ("class", "facts")))
            {
                foreach (FactTable table in _report.Facts)
                {
                    using (_page.Open("div"))
                    {
                        _page.Text("h3", table.Title);
                        using (_page.Open("table"))
                        using (_page.Open("tbody"))
                        {
                            foreach ((string name, string value) in table.Facts)
                            {
                                using (_page.Open("tr"))
                                {
                                    _page.Text("td", name);
                                    _page.Text("td", value);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
