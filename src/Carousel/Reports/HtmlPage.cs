using System.Text;
using System.Xml;

namespace Carousel.Reports;

/// <summary>The frame of every page: one HTML file that needs nothing else, styles and drawings inside, no script, light or dark as the reader's system is. Well-formed XML too.</summary>
internal static class HtmlPage
{
    /// <summary>A page as text.</summary>
    /// <param name="title">What it is about.</param>
    /// <param name="subtitle">The line below.</param>
    /// <param name="footer">The last line.</param>
    /// <param name="content">Writes what stands between them.</param>
    public static string Render(string title, string subtitle, string footer, Action<MarkupWriter> content)
    {
        StringBuilder text = new("<!DOCTYPE html>\n");
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, ConformanceLevel = ConformanceLevel.Fragment, NewLineHandling = NewLineHandling.None }))
        {
            var page = new MarkupWriter(xml);
            using (page.Open("html", ("lang", "en")))
            {
                WriteHead(page, title);
                using (page.Open("body"))
                using (page.Open("main"))
                {
                    WriteHeader(page, title, subtitle);
                    content(page);
                    page.Text("footer", footer);
                }
            }
        }

        return text.Append('\n').ToString();
    }

    private static void WriteHead(MarkupWriter page, string title)
    {
        using (page.Open("head"))
        {
            page.Empty("meta", ("charset", "utf-8"));
            page.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
            page.Text("title", $"{title} · Carousel");
            using (page.Open("style"))
            {
                page.Trusted(ReportStyle.Css);
            }
        }
    }

    private static void WriteHeader(MarkupWriter page, string title, string subtitle)
    {
        using (page.Open("header"))
        {
            page.Trusted(ReportStyle.Sign);
            using (page.Open("div"))
            {
                page.Text("h1", title);
                page.Text("p", subtitle);
            }
        }
    }
}
