using Carousel.Metrics;
using Carousel.Reports.Charts;

namespace Carousel.Reports;

/// <summary>The part of the page that shows how well each label is told from the others.</summary>
internal sealed class ConfusionSection(TrainingReport report)
{
    /// <summary>Writes the section; none when there is nothing to show.</summary>
    public void Write(MarkupWriter page)
    {
        if (report.Confusion is { } panel)
        {
            Write(page, panel);
        }
    }

    private static void Write(MarkupWriter page, ConfusionPanel panel)
    {
        using (page.Open("section"))
        {
            page.Text("h2", "Label by label");
            page.Text("p", $"On the {panel.Split} part. Each row of the matrix holds the examples of one true label, each column those that were given one answer; what is right stands on the diagonal.", ("class", "lead"));
            var chart = new ConfusionChart { Labels = panel.Labels, Counts = panel.Report.Confusion.Counts.ToArray() };
            using (page.Open("div", ("style", $"max-width: {MarkupWriter.Pixel(chart.Width)}px")))
            {
                chart.Write(page);
            }

            using (page.Open("div", ("class", "scroll split")))
            {
                WriteTable(page, panel);
            }
        }
    }

    private static void WriteTable(MarkupWriter page, ConfusionPanel panel)
    {
        using (page.Open("table", ("class", "dense")))
        {
            using (page.Open("thead"))
            using (page.Open("tr"))
            {
                foreach (string heading in new[] { "label", "examples", "given as answer", "precision", "recall", "F1" })
                {
                    page.Text("th", heading);
                }
            }

            using (page.Open("tbody"))
            {
                ConfusionMatrix counts = panel.Report.Confusion;
                for (int label = 0; label < panel.Labels.Count; label++)
                {
                    WriteRow(page, panel.Labels[label], counts.OfClass(label), counts.PredictedAs(label), panel.Report.PerClass[label]);
                }

                WriteRow(page, "macro average", counts.Total, counts.Total, panel.Report.Macro);
                WriteRow(page, "weighted average", counts.Total, counts.Total, panel.Report.Weighted);
            }
        }
    }

    private static void WriteRow(MarkupWriter page, string name, long examples, long answers, ClassScores scores)
    {
        using (page.Open("tr"))
        {
            foreach (string cell in new[] { name, NumberText.Count(examples), NumberText.Count(answers), NumberText.Of(scores.Precision), NumberText.Of(scores.Recall), NumberText.Of(scores.F1) })
            {
                page.Text("td", cell);
            }
        }
    }
}
