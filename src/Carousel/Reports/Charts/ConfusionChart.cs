using System.Globalization;

namespace Carousel.Reports.Charts;

/// <summary>A confusion matrix as one SVG element: a row for each true label, a column for each answer, the darker the larger the share of the row.</summary>
internal sealed record ConfusionChart
{
    private const double Largest = 64, Legible = 26, LetterWidth = 7.5, Slant = 40;

    private const int LongestName = 20;

    // Where a cell is this dark, its number is written in the colour of the page.
    private const double Dark = 0.55;

    /// <summary>Names of the labels.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>How often label t was taken for label p [labels, labels], row by row.</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>Width in pixels that the drawing may have.</summary>
    public double MostWidth { get; init; } = 1000;

    /// <summary>Width in pixels of the drawing.</summary>
    public double Width => NameWidth + (Cell * Labels.Count) + HeadHeight;

    private double NameWidth => 24 + (LetterWidth * Labels.Max(label => Math.Min(LongestName, label.Length)));

    private double HeadHeight => 4 + (NameWidth * Math.Sin(Slant * Math.PI / 180));

    private double Cell => Math.Min(Largest, (MostWidth - NameWidth - HeadHeight) / Labels.Count);

    /// <summary>Writes the SVG element.</summary>
    public void Write(MarkupWriter page)
    {
        int count = Labels.Count;
        double cell = Cell;
        using (page.OpenDrawing(Width, HeadHeight + (cell * count) + 4, "How often each label was taken for each other one"))
        {
            for (int row = 0; row < count; row++)
            {
                long total = Math.Max(1, Enumerable.Range(0, count).Sum(column => Counts[(row * count) + column]));
                double y = HeadHeight + (row * cell);
                string name = NumberText.Shorten(Labels[row], LongestName);
                page.Text("text", name, ("class", "key"), ("x", MarkupWriter.Pixel(NameWidth - 10)), ("y", MarkupWriter.Pixel(y + (cell / 2) + 4)), ("text-anchor", "end"));

                // Slanted, so that long names stand beside each other.
                page.Text("text", name, ("class", "key"), ("transform", $"translate({MarkupWriter.Pixel(NameWidth + ((row + 0.5) * cell))} {MarkupWriter.Pixel(HeadHeight - 8)}) rotate({-Slant})"));
                for (int column = 0; column < count; column++)
                {
                    long hits = Counts[(row * count) + column];
                    WriteCell(page, NameWidth + (column * cell), y, cell, hits, (double)hits / total, row == column, $"{Labels[row]} taken for {Labels[column]}: {NumberText.Count(hits)}");
                }
            }
        }
    }

    private static void WriteCell(MarkupWriter page, double x, double y, double size, long hits, double share, bool isRight, string description)
    {
        string opacity = (hits == 0 ? 1 : 0.08 + (0.9 * share)).ToString("0.###", CultureInfo.InvariantCulture);
        using (page.Open("g"))
        {
            page.Text("title", description);
            page.Empty("rect", ("class", hits == 0 ? "cell" : isRight ? "cell right" : "cell wrong"), ("x", MarkupWriter.Pixel(x + 1)), ("y", MarkupWriter.Pixel(y + 1)), ("width", MarkupWriter.Pixel(size - 2)), ("height", MarkupWriter.Pixel(size - 2)),
                ("rx", MarkupWriter.Pixel(Math.Min(4, size / 8))), ("fill-opacity", opacity));
            if (hits > 0 && size >= Legible)
            {
                page.Text("text", NumberText.Count(hits), ("class", share > Dark ? "hits light" : "hits"), ("x", MarkupWriter.Pixel(x + (size / 2))), ("y", MarkupWriter.Pixel(y + (size / 2) + 5)), ("text-anchor", "middle"));
            }
        }
    }
}
