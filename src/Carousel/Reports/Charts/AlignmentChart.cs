using System.Globalization;

namespace Carousel.Reports.Charts;

/// <summary>What was read from left to right, what was written from top to bottom, and a square the darker the more the one looked at the other, as one SVG element.</summary>
/// <param name="alignment">What it shows.</param>
internal sealed class AlignmentChart(Alignment alignment)
{
    private const double Cell = 22, NameWidth = 110, NameHeight = 96;
    private const float Faint = 0.02f;

    /// <summary>Writes the SVG element.</summary>
    public void Write(MarkupWriter page)
    {
        double width = NameWidth + (alignment.Source.Count * Cell) + 60, height = NameHeight + (alignment.Target.Count * Cell) + 4;
        using (page.OpenDrawing(width, height, "Which words of the source the model looked at for each word it wrote"))
        {
            for (int column = 0; column < alignment.Source.Count; column++)
            {
                double x = NameWidth + ((column + 0.62) * Cell), y = NameHeight - 8;
                page.Text("text", NumberText.Shorten(alignment.Source[column], 16), ("class", "tick"), ("transform", $"translate({MarkupWriter.Pixel(x)} {MarkupWriter.Pixel(y)}) rotate(-52)"));
            }

            for (int row = 0; row < alignment.Target.Count; row++)
            {
                double y = NameHeight + (row * Cell);
                page.Text("text", NumberText.Shorten(alignment.Target[row], 16), ("class", "tick"), ("x", MarkupWriter.Pixel(NameWidth - 8)), ("y", MarkupWriter.Pixel(y + 15)), ("text-anchor", "end"));
                for (int column = 0; column < alignment.Source.Count; column++)
                {
                    float weight = alignment.Weights[row][column];
                    page.Empty("rect", ("class", weight < Faint ? "cell none" : "cell"), ("x", MarkupWriter.Pixel(NameWidth + (column * Cell))), ("y", MarkupWriter.Pixel(y)),
                        ("width", MarkupWriter.Pixel(Cell - 2)), ("height", MarkupWriter.Pixel(Cell - 2)), ("rx", "3"),
                        ("fill-opacity", Math.Clamp(weight < Faint ? 1 : weight, 0, 1).ToString("F2", CultureInfo.InvariantCulture)));
                }
            }
        }
    }
}
