using System.Globalization;
using System.Text;

namespace Carousel.Reports.Charts;

/// <summary>The path of a curve: gaps where there is no number, and no more points than can be seen.</summary>
internal static class Polyline
{
    /// <summary>Runs of consecutive points that can be drawn, thinned so that each pixel column keeps its extremes.</summary>
    /// <param name="x">[n] pixels, increasing.</param>
    /// <param name="y">[n] pixels; NaN for a gap.</param>
    public static IReadOnlyList<IReadOnlyList<(double X, double Y)>> Runs(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        List<IReadOnlyList<(double X, double Y)>> runs = [];
        List<(double X, double Y)> run = [];
        for (int i = 0; i < x.Length; i++)
        {
            if (double.IsFinite(x[i]) && double.IsFinite(y[i]))
            {
                run.Add((x[i], y[i]));
            }
            else if (run.Count > 0)
            {
                runs.Add(Thin(run));
                run = [];
            }
        }

        if (run.Count > 0)
        {
            runs.Add(Thin(run));
        }

        return runs;
    }

    /// <summary>The <c>d</c> attribute of a path through the points.</summary>
    public static string Path(IReadOnlyList<(double X, double Y)> points)
    {
        StringBuilder path = new();
        for (int i = 0; i < points.Count; i++)
        {
            path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{MarkupWriter.Pixel(points[i].X)} {MarkupWriter.Pixel(points[i].Y)}");
        }

        return path.ToString();
    }

    // First, lowest, highest and last point of every pixel column, in their order: the picture stays the same.
    private static List<(double X, double Y)> Thin(List<(double X, double Y)> points)
    {
        if (points.Count < 2 || points.Count <= 3 * (points[^1].X - points[0].X + 1))
        {
            return points;
        }

        List<(double X, double Y)> kept = [];
        for (int begin = 0, end; begin < points.Count; begin = end)
        {
            double column = Math.Floor(points[begin].X);
            int lowest = begin, highest = begin;
            for (end = begin + 1; end < points.Count && Math.Floor(points[end].X) == column; end++)
            {
                lowest = points[end].Y < points[lowest].Y ? end : lowest;
                highest = points[end].Y > points[highest].Y ? end : highest;
            }

            SortedSet<int> indices = [begin, lowest, highest, end - 1];
            kept.AddRange(indices.Select(index => points[index]));
        }

        return kept;
    }
}
