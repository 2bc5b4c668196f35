namespace Carousel.Reports;

/// <summary>One metric of a table.</summary>
/// <param name="Name">Its name as reports and JSON spell it: <c>mse</c>, <c>macro_f1</c>.</param>
/// <param name="HigherIsBetter">True for accuracy, F1 and BLEU; false for errors.</param>
public sealed record MetricColumn(string Name, bool HigherIsBetter = false)
{
    private static readonly string[] Gains = ["accuracy", "macro_f1", "micro_f1", "f1", "bleu"];

    /// <summary>The metric of a name, which tells what is better.</summary>
    public static MetricColumn Of(string name) => new(name, Gains.Contains(name));
}
