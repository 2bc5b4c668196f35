using System.Globalization;
using Carousel.Reports;

namespace Carousel.Tasks.Memory;

/// <summary>What a test of memory shows a person: <c>report.html</c>.</summary>
public static class MemoryReport
{
    /// <summary>Gathers the report of a finished run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="created">When the run ended.</param>
    public static TrainingReport Of(MemoryResult result, DateTimeOffset created)
    {
        ArgumentNullException.ThrowIfNull(result);
        MemoryProblem problem = MemoryProblem.Of(result.Recipe);
        string task = string.Create(CultureInfo.InvariantCulture, $"Memory: the {(result.Recipe.Problem == MemoryProblemKind.Copy ? "copy task" : "adding problem")} over {problem.Steps} steps");
        return RunReport.Of(result.Recipe, result.Summary, created, task, "loss") with
        {
            Metrics =
            [
                new MetricsTable("test", [.. result.Test.Keys.Select(MetricColumn.Of)],
                    [new MetricsRow("network", true, [.. result.Test.Values]), new MetricsRow("without memory", false, [.. result.Test.Keys.Select(name => problem.WithoutMemory[name])])]),
            ],
            Facts = [.. FactTable.OfRecipe(MemoryRecipeJson.Shared.Write(result.Recipe))],
        };
    }
}
