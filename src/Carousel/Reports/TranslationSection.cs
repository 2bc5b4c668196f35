using Carousel.Reports.Charts;

namespace Carousel.Reports;

/// <summary>The part of the page that shows sentences beside their translations, and where the model looked.</summary>
internal sealed class TranslationSection(TrainingReport report)
{
    /// <summary>Writes the sections; none when there is nothing to show.</summary>
    public void Write(MarkupWriter page)
    {
        if (report.Translations.Count == 0)
        {
            return;
        }

        using (page.Open("section"))
        {
            page.Text("h2", "What it writes");
            page.Text("p", "Sentences the model never saw in training.", ("class", "lead"));
            foreach (TranslationPanel panel in report.Translations)
            {
                using (page.Open("div", ("class", "facts single")))
                using (page.Open("table"))
                using (page.Open("tbody"))
                {
                    WriteRow(page, "source", panel.Source);
                    WriteRow(page, "reference", panel.Reference);
                    WriteRow(page, "translation", panel.Hypothesis);
                }
            }
        }

        if (report.Translations.Any(static panel => panel.Alignment is not null))
        {
            using (page.Open("section"))
            {
                page.Text("h2", "Where it looks");
                page.Text("p", "Read from left to right, written from top to bottom, most probable token by token; the darker a square, the more the word of its row looked at that of its column. ■ is the end of the sentence.", ("class", "lead"));
                using (page.Open("div", ("class", "panels")))
                {
                    foreach (TranslationPanel panel in report.Translations.Where(static panel => panel.Alignment is not null))
                    {
                        using (page.Open("figure", ("class", "panel")))
                        {
                            new AlignmentChart(panel.Alignment!).Write(page);
                        }
                    }
                }
            }
        }
    }

    private static void WriteRow(MarkupWriter page, string name, string text)
    {
        using (page.Open("tr"))
        {
            page.Text("td", name);
            page.Text("td", text);
        }
    }
}
