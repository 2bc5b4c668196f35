namespace Carousel.Reports;

/// <summary>The one number the page leads with.</summary>
/// <param name="Name">Metric and split: <c>test MASE</c>.</param>
/// <param name="Value">The model's value.</param>
/// <param name="Comparison">The distance to the best baseline, in words; empty when there is none.</param>
/// <param name="IsBetter">True when the model beats every baseline, false when it does not, null when there is none.</param>
internal sealed record Headline(string Name, string Value, string Comparison, bool? IsBetter)
{
    // Ten times as far away: a percentage says nothing more.
    private const double Incomparable = 10;

    /// <summary>The headline of a report, or null when nothing was measured.</summary>
    public static Headline? Of(TrainingReport report)
    {
        MetricsTable? table = report.Metrics.Count > 0 ? report.Metrics[0] : null;
        MetricsRow? model = table?.Rows.FirstOrDefault(static row => row.IsModel);
        int column = table is null ? -1 : PrimaryColumn(report, table);
        if (table is null || model is null || column < 0 || column >= model.Values.Count)
        {
            return null;
        }

        double value = model.Values[column];
        string name = $"{table.Split} {NumberText.Metric(table.Columns[column].Name)}";
        bool higher = table.Columns[column].HigherIsBetter;
        MetricsRow? rival = table.Rows.Where(row => !row.IsModel && column < row.Values.Count && double.IsFinite(row.Values[column]))
            .OrderBy(row => higher ? -row.Values[column] : row.Values[column]).FirstOrDefault();
        if (rival is null || !double.IsFinite(value) || rival.Values[column] == 0)
        {
            return new Headline(name, NumberText.Of(value), "", null);
        }

        double gain = (value - rival.Values[column]) / Math.Abs(rival.Values[column]) * (higher ? 1 : -1);
        if (Math.Abs(gain) > Incomparable)
        {
            return new Headline(name, NumberText.Of(value), $"far {(gain > 0 ? "better" : "worse")} than {rival.Name}", gain > 0);
        }

        string comparison = gain == 0 ? $"as good as {rival.Name}" : $"{NumberText.Percent(Math.Abs(gain))} {(gain > 0 ? "better" : "worse")} than {rival.Name}";
        return new Headline(name, NumberText.Of(value), comparison, gain > 0);
    }

    /// <summary>Index of the metric the page leads with, or -1 when the table has no columns.</summary>
    public static int PrimaryColumn(TrainingReport report, MetricsTable table)
    {
        int named = table.Columns.Select(static column => column.Name).ToList().IndexOf(report.PrimaryMetric ?? "");
        return named >= 0 ? named : table.Columns.Count > 0 ? 0 : -1;
    }

    /// <summary>The best finite value of a column, or NaN when there is none.</summary>
    public static double Best(MetricsTable table, int column)
    {
        double[] values = [.. table.Rows.Where(row => column < row.Values.Count).Select(row => row.Values[column]).Where(double.IsFinite)];
        return values.Length == 0 ? double.NaN : table.Columns[column].HigherIsBetter ? values.Max() : values.Min();
    }
}
