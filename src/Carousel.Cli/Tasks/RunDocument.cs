using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Reports;
using Carousel.Tasks;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>What <c>train</c> says at its end, whatever the task.</summary>
internal static class RunDocument
{
    /// <summary>The document for scripts; a task adds what is its own.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="recipe">What was trained, and how.</param>
    /// <param name="summary">What came of it.</param>
    /// <param name="examples">How many the test part has.</param>
    /// <param name="test">Metrics on the test part.</param>
    /// <param name="folder">Where the run is.</param>
    public static JsonObject Of(string task, IRecipe recipe, RunSummary summary, long examples, IReadOnlyDictionary<string, double> test, RunFolder folder) => new()
    {
        ["run"] = folder.Path,
        ["task"] = task,
        ["recipe"] = recipe.Name,
        ["seconds"] = summary.Seconds,
        ["steps"] = summary.Steps,
        ["best"] = new JsonObject { ["step"] = summary.Best.Step, ["metrics"] = JsonNumber.Object(summary.Best.Metrics) },
        ["test"] = new JsonObject { ["examples"] = examples, ["metrics"] = JsonNumber.Object(test) },
        ["expected"] = JsonNumber.Object(recipe.Expected),
        ["parameters"] = summary.Parameters,
        ["kernels"] = summary.Kernels.Name,
        ["model"] = folder.Model,
        ["report"] = folder.Report,
    };

    /// <summary>The last lines for a person: what was expected, and where everything is.</summary>
    public static void WriteEnd(IAnsiConsole console, IRecipe recipe, IReadOnlyDictionary<string, double> test, RunFolder folder)
    {
        foreach ((string metric, double figure) in recipe.Expected)
        {
            bool isGain = MetricColumn.Of(metric).HigherIsBetter;
            double found = test.GetValueOrDefault(metric, double.NaN);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"test {metric} {found:F4}, expected {figure:F4} or {(isGain ? "more" : "less")}: {((isGain ? found >= figure : found <= figure) ? "reached" : "missed")}"));
        }

        console.WriteLine($"model   {folder.Model}");
        console.WriteLine($"report  {folder.Report}");
    }
}
