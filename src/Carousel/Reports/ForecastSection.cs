using Carousel.Reports.Charts;

namespace Carousel.Reports;

/// <summary>The part of the page that shows forecasts beside what happened, and how the error grows with the distance.</summary>
internal sealed class ForecastSection(TrainingReport report)
{
    private const double PanelWidth = 520, PageWidth = 1040;

    /// <summary>Writes the sections; none when there is nothing to show.</summary>
    public void Write(MarkupWriter page)
    {
        if (report.Forecasts.Count > 0)
        {
            using (page.Open("section"))
            {
                page.Text("h2", "Forecast and truth");
                page.Text("p", "On data the model never saw in training. The thick line is the forecast, the thin one what really happened; left of the dashed rule is what the model was given.", ("class", "lead"));
                using (page.Open("div", ("class", "panels")))
                {
                    foreach (ForecastPanel panel in report.Forecasts)
                    {
                        WritePanel(page, panel);
                    }
                }
            }
        }

        if (report.HorizonErrors.Any(static error => error.Values.Count > 1))
        {
            using (page.Open("section"))
            {
                page.Text("h2", "How far it sees");
                page.Text("p", $"{report.HorizonMetric} by number of steps into the future.", ("class", "lead"));
                WriteHorizon(page);
            }
        }
    }

    private static void WritePanel(MarkupWriter page, ForecastPanel panel)
    {
        int history = panel.History.Count, horizon = panel.Prediction.Count;
        bool timed = panel.Times?.Count >= history + horizon;
        double[] x = [.. Enumerable.Range(0, history + horizon).Select(i => timed ? TimeTicks.Days(panel.Times![i]) : i - history + 1.0)];
        double[] ahead = x[history..];

        // The truth goes on where the history ends: one curve that changes colour. It is drawn last and thin, so that a good forecast does not hide it.
        double[] truthX = history > 0 ? x[(history - 1)..] : x;
        double[] truth = [.. panel.History.TakeLast(1), .. Padded(panel.Truth, horizon)];
        List<ChartLine> lines = [];
        if (history > 0)
        {
            lines.Add(new ChartLine("history", "history", x[..history], panel.History));
        }

        lines.Add(new ChartLine("forecast", "model", ahead, panel.Prediction));
        if (panel.Truth.Count > 0)
        {
            lines.Add(new ChartLine("truth", "truth", truthX, truth));
        }

        using (page.Open("figure", ("class", panel.Wide ? "wide" : "panel")))
        {
            page.Text("h3", panel.Title);
            new LineChart
            {
                Description = $"{panel.Target}: {panel.Title}",
                Width = panel.Wide ? PageWidth : PanelWidth,
                Height = panel.Wide ? 320 : 260,
                YLabel = panel.Unit is null ? panel.Target : $"{panel.Target} ({panel.Unit})",
                XLabel = timed ? "" : "steps from the forecast on",
                TimeX = timed,
                Lines = lines,
                Bands = panel.Lower is null || panel.Upper is null ? [] : [new ChartBand(panel.BandName, "model", ahead, Padded(panel.Lower, horizon), Padded(panel.Upper, horizon))],
                Marks = history > 0 && horizon > 0 ? [new ChartMark(x[history - 1], double.NaN, "")] : [],
            }.Write(page);
        }
    }

    private void WriteHorizon(MarkupWriter page)
    {
        int baseline = 0;
        List<ChartLine> lines = [];
        foreach (HorizonError error in report.HorizonErrors)
        {
            double[] steps = [.. Enumerable.Range(1, error.Values.Count).Select(static step => (double)step)];
            lines.Add(new ChartLine(error.Name, error.IsModel ? "model" : $"b{baseline++ % 6}", steps, error.Values));
        }

        // The model is drawn last, over the others.
        new LineChart
        {
            Description = $"{report.HorizonMetric} by step of the horizon",
            XLabel = "steps ahead",
            YLabel = report.HorizonMetric,
            FromZero = true,
            Lines = [.. lines.OrderBy(static line => line.Style == "model")],
        }.Write(page);
    }

    // One value per step: what is missing at the end is unknown.
    private static double[] Padded(IReadOnlyList<double> values, int length) =>
        [.. values.Take(length), .. Enumerable.Repeat(double.NaN, Math.Max(0, length - values.Count))];
}
