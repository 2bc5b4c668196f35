namespace Carousel.Reports.Charts;

/// <summary>One horizontal bar per name, as one SVG element: which is longest is seen at a glance.</summary>
internal sealed record BarChart
{
    private const double RowHeight = 30, NameWidth = 170, ValueWidth = 84;

    /// <summary>What the chart shows, for those who cannot see it.</summary>
    public required string Description { get; init; }

    /// <summary>Name, length and CSS class of each bar, from the top.</summary>
    public required IReadOnlyList<(string Name, double Value, string Style)> Bars { get; init; }

    /// <summary>Width in pixels of the drawing.</summary>
    public double Width { get; init; } = 1040;

    /// <summary>Writes the SVG element.</summary>
    public void Write(MarkupWriter page)
    {
        double longest = Bars.Select(static bar => Math.Abs(bar.Value)).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        double height = (Bars.Count * RowHeight) + 8;
        using (page.OpenDrawing(Width, height, Description))
        {
            for (int row = 0; row < Bars.Count; row++)
            {
                (string name, double value, string style) = Bars[row];
                double y = (row * RowHeight) + 4;
                double length = longest > 0 && double.IsFinite(value) ? Math.Abs(value) / longest * (Width - NameWidth - ValueWidth) : 0;
                page.Text("text", NumberText.Shorten(name, 24), ("class", style == "model" ? "bar-name strong" : "bar-name"), ("x", MarkupWriter.Pixel(NameWidth - 12)), ("y", MarkupWriter.Pixel(y + 19)), ("text-anchor", "end"));
                page.Empty("rect", ("class", $"bar {style}"), ("x", MarkupWriter.Pixel(NameWidth)), ("y", MarkupWriter.Pixel(y + 4)), ("width", MarkupWriter.Pixel(Math.Max(length, 1))), ("height", "20"), ("rx", "4"));
                page.Text("text", NumberText.Of(value), ("class", style == "model" ? "bar-value strong" : "bar-value"), ("x", MarkupWriter.Pixel(NameWidth + length + 10)), ("y", MarkupWriter.Pixel(y + 19)));
            }
        }
    }
}
