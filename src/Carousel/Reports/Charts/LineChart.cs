namespace Carousel.Reports.Charts;

/// <summary>Curves, bands and marks over two axes, as one SVG element. Colours come from the style sheet of the page, so that it follows light and dark.</summary>
internal sealed record LineChart
{
    private const double Left = 58, Right = 14, Top = 34, Bottom = 40;

    // Average width of a character of the legend, in pixels; the font is not known here.
    private const double CharacterWidth = 6.4;
    private const int PointsWorthADot = 16;

    /// <summary>What the chart shows, for those who cannot see it.</summary>
    public required string Description { get; init; }

    /// <summary>Width in pixels of the drawing; the page scales it.</summary>
    public double Width { get; init; } = 1040;

    /// <summary>Height in pixels of the drawing.</summary>
    public double Height { get; init; } = 300;

    /// <summary>What runs to the right.</summary>
    public string XLabel { get; init; } = "";

    /// <summary>What runs upwards.</summary>
    public string YLabel { get; init; } = "";

    /// <summary>True when x is a time, as <see cref="TimeTicks.Days"/> counts it.</summary>
    public bool TimeX { get; init; }

    /// <summary>True for a logarithmic horizontal axis; every x must be positive then.</summary>
    public bool LogarithmicX { get; init; }

    /// <summary>True for a logarithmic vertical axis; numbers that are not positive are left out then.</summary>
    public bool LogarithmicY { get; init; }

    /// <summary>True to let the vertical axis begin at zero.</summary>
    public bool FromZero { get; init; }

    /// <summary>Drawn first.</summary>
    public IReadOnlyList<ChartBand> Bands { get; init; } = [];

    /// <summary>Drawn in order, the last on top.</summary>
    public IReadOnlyList<ChartLine> Lines { get; init; } = [];

    /// <summary>Vertical rules.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    /// <summary>Writes the SVG element.</summary>
    public void Write(MarkupWriter page)
    {
        using (page.OpenDrawing(Width, Height, Description))
        {
            double[] xs = [.. Lines.SelectMany(line => line.X.Where((x, i) => double.IsFinite(x) && Drawable(line.Y[i])))];
            double[] ys =
            [
                .. Lines.SelectMany(static line => line.Y).Concat(Bands.SelectMany(static band => band.Lower.Concat(band.Upper))).Where(Drawable),
            ];
            if (xs.Length == 0 || ys.Length == 0)
            {
                page.Text("text", "nothing to draw: no finite numbers", ("class", "empty"), ("x", MarkupWriter.Pixel(Width / 2)), ("y", MarkupWriter.Pixel(Height / 2)), ("text-anchor", "middle"));
                return;
            }

            Plane plane = new(HorizontalAxis(xs), VerticalAxis(ys), Width, Height);
            WriteGrid(page, plane);
            WriteBands(page, plane);
            WriteMarks(page, plane);
            WriteLines(page, plane);
            WriteLegend(page);
        }
    }

    // Beyond this the difference of two numbers may overflow; nothing that is worth drawing is there.
    private bool Drawable(double value) => Math.Abs(value) < 1e150 && (!LogarithmicY || value > 1e-150);

    private Axis HorizontalAxis(double[] xs)
    {
        int marks = Math.Max(3, (int)(Width / 110));
        return LogarithmicX ? Axis.Logarithmic(xs.Min(), xs.Max()) : TimeX ? Axis.Time(xs.Min(), xs.Max(), marks) : Axis.Linear(xs.Min(), xs.Max(), marks, rounded: false);
    }

    private Axis VerticalAxis(double[] ys)
    {
        double minimum = ys.Min(), maximum = ys.Max();
        if (LogarithmicY)
        {
            return Axis.Logarithmic(minimum / 1.1, maximum * 1.1);
        }

        return Axis.Linear(FromZero ? Math.Min(0, minimum) : minimum, FromZero ? Math.Max(0, maximum) : maximum, Math.Max(3, (int)(Height / 60)), rounded: true);
    }

    private void WriteGrid(MarkupWriter page, Plane plane)
    {
        foreach (Tick tick in plane.Vertical.Ticks)
        {
            string y = MarkupWriter.Pixel(plane.Y(tick.Value));
            page.Empty("line", ("class", "grid"), ("x1", MarkupWriter.Pixel(Left)), ("x2", MarkupWriter.Pixel(Width - Right)), ("y1", y), ("y2", y));
            page.Text("text", tick.Label, ("class", "tick"), ("x", MarkupWriter.Pixel(Left - 8)), ("y", MarkupWriter.Pixel(plane.Y(tick.Value) + 4)), ("text-anchor", "end"));
        }

        string floor = MarkupWriter.Pixel(Height - Bottom);
        page.Empty("line", ("class", "axis"), ("x1", MarkupWriter.Pixel(Left)), ("x2", MarkupWriter.Pixel(Width - Right)), ("y1", floor), ("y2", floor));
        foreach (Tick tick in plane.Horizontal.Ticks)
        {
            double x = plane.X(tick.Value);
            page.Empty("line", ("class", "axis"), ("x1", MarkupWriter.Pixel(x)), ("x2", MarkupWriter.Pixel(x)), ("y1", floor), ("y2", MarkupWriter.Pixel(Height - Bottom + 4)));
            string anchor = x > Width - Right - 18 ? "end" : x < Left + 18 ? "start" : "middle";
            page.Text("text", tick.Label, ("class", "tick"), ("x", MarkupWriter.Pixel(x)), ("y", MarkupWriter.Pixel(Height - Bottom + 18)), ("text-anchor", anchor));
        }

        if (XLabel.Length > 0)
        {
            page.Text("text", XLabel, ("class", "label"), ("x", MarkupWriter.Pixel((Left + Width - Right) / 2)), ("y", MarkupWriter.Pixel(Height - 4)), ("text-anchor", "middle"));
        }

        if (YLabel.Length > 0)
        {
            page.Text("text", NumberText.Shorten(YLabel, 40), ("class", "label"), ("x", MarkupWriter.Pixel(8)), ("y", MarkupWriter.Pixel(16)));
        }
    }

    private void WriteBands(MarkupWriter page, Plane plane)
    {
        foreach (ChartBand band in Bands)
        {
            // Both edges fail together, so that the runs of the upper and the lower edge match.
            double[] x = [.. band.X.Select(plane.X)];
            bool[] whole = [.. band.Lower.Select((lower, i) => Drawable(lower) && Drawable(band.Upper[i]))];
            double[] lower = [.. band.Lower.Select((value, i) => whole[i] ? plane.Y(value) : double.NaN)];
            double[] upper = [.. band.Upper.Select((value, i) => whole[i] ? plane.Y(value) : double.NaN)];
            foreach ((IReadOnlyList<(double X, double Y)> top, IReadOnlyList<(double X, double Y)> bottom) in Polyline.Runs(x, upper).Zip(Polyline.Runs(x, lower)))
            {
                page.Empty("path", ("class", $"band {band.Style}"), ("d", Polyline.Path([.. top, .. bottom.Reverse()]) + "Z"));
            }
        }
    }

    private void WriteLines(MarkupWriter page, Plane plane)
    {
        foreach (ChartLine line in Lines)
        {
            double[] x = [.. line.X.Select(plane.X)];
            double[] y = [.. line.Y.Select(value => Drawable(value) ? plane.Y(value) : double.NaN)];
            foreach (IReadOnlyList<(double X, double Y)> run in Polyline.Runs(x, y))
            {
                page.Empty("path", ("class", $"line {line.Style}"), ("d", Polyline.Path(run)));
                if (line.X.Count <= PointsWorthADot || run.Count == 1)
                {
                    foreach ((double X, double Y) point in run)
                    {
                        page.Empty("circle", ("class", $"dot {line.Style}"), ("cx", MarkupWriter.Pixel(point.X)), ("cy", MarkupWriter.Pixel(point.Y)), ("r", "2.2"));
                    }
                }
            }
        }
    }

    private void WriteMarks(MarkupWriter page, Plane plane)
    {
        foreach (ChartMark mark in Marks)
        {
            double x = plane.X(mark.X);
            if (!double.IsFinite(x) || x < Left - 1 || x > Width - Right + 1)
            {
                continue;
            }

            page.Empty("line", ("class", "mark"), ("x1", MarkupWriter.Pixel(x)), ("x2", MarkupWriter.Pixel(x)), ("y1", MarkupWriter.Pixel(Top)), ("y2", MarkupWriter.Pixel(Height - Bottom)));
            if (Drawable(mark.Y))
            {
                page.Empty("circle", ("class", "mark"), ("cx", MarkupWriter.Pixel(x)), ("cy", MarkupWriter.Pixel(plane.Y(mark.Y))), ("r", "4.5"));
            }

            bool onTheRight = x > Width / 2;
            page.Text("text", mark.Label, ("class", "note"), ("x", MarkupWriter.Pixel(onTheRight ? x - 8 : x + 8)), ("y", MarkupWriter.Pixel(Top + 12)), ("text-anchor", onTheRight ? "end" : "start"));
        }
    }

    private void WriteLegend(MarkupWriter page)
    {
        (string Name, string Style)[] entries =
        [
            .. Lines.Where(static line => line.Name.Length > 0).Select(static line => (NumberText.Shorten(line.Name, 28), $"line {line.Style}")),
            .. Bands.Where(static band => band.Name.Length > 0).Select(static band => (NumberText.Shorten(band.Name, 28), $"band {band.Style}")),
        ];
        double x = Width - Right - entries.Sum(static entry => EntryWidth(entry.Name));
        foreach ((string name, string style) in entries)
        {
            if (style.StartsWith("band", StringComparison.Ordinal))
            {
                page.Empty("rect", ("class", style), ("x", MarkupWriter.Pixel(x)), ("y", "7"), ("width", "16"), ("height", "10"), ("rx", "2"));
            }
            else
            {
                page.Empty("line", ("class", style), ("x1", MarkupWriter.Pixel(x)), ("x2", MarkupWriter.Pixel(x + 16)), ("y1", "12"), ("y2", "12"));
            }

            page.Text("text", name, ("class", "key"), ("x", MarkupWriter.Pixel(x + 22)), ("y", "16"));
            x += EntryWidth(name);
        }

        static double EntryWidth(string name) => 22 + (CharacterWidth * name.Length) + 14;
    }

    /// <summary>The rectangle between the axes.</summary>
    private sealed record Plane(Axis Horizontal, Axis Vertical, double Width, double Height)
    {
        public double X(double value) => Left + (Horizontal.Position(value) * (Width - Left - Right));

        public double Y(double value) => Height - Bottom - (Vertical.Position(value) * (Height - Top - Bottom));
    }
}
