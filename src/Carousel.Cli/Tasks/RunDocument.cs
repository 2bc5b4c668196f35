using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Reports;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>What <c>train</c> says at its end, whatever the task.</summary>
internal static class RunDocument
{
    /// <summary>The document for scripts; a task adds what is its own.</summary>
    public static JsonObject Of(string task, string recipe, RunSummary summary, long examples, IReadOnlyDictionary<string, double> test, IReadOnlyDictionary<string, double> expected, long parameters, RunFolder folder) => new()
    {
        ["run"] = folder.Path,
        ["task"] = task,
        ["recipe"] = recipe,
        ["seconds"] = summary.Seconds,
        ["steps"] = summary.Steps,
        ["best"] = new JsonObject { ["step"] = summary.Best.Step, ["metrics"] = JsonNumber.Object(summary.Best.Metrics) },
        ["test"] = new JsonObject { ["examples"] = examples, ["metrics"] = JsonNumber.Object(test) },
        ["expected"] = JsonNumber.Object(expected),
        ["parameters"] = parameters,
        ["kernels"] = summary.Kernels.Name,
        ["model"] = folder.Model,
        ["report"] = folder.Report,
    };

    /// <summary>What a person should know before training starts.</summary>
    public static void WriteStart(TrainingConfig training, CommandOutput output)
    {
        foreach (string note in TrainingKernels.Notes(TrainingKernels.Of(training.Precision)))
        {
            output.Message(note);
        }
    }

    /// <summary>The last lines for a person: what was expected, and where everything is.</summary>
    public static void WriteEnd(IAnsiConsole console, IReadOnlyDictionary<string, double> test, IReadOnlyDictionary<string, double> expected, RunFolder folder)
    {
        foreach ((string metric, double figure) in expected)
        {
            bool isGain = MetricColumn.Of(metric).HigherIsBetter;
            double found = test.GetValueOrDefault(metric, double.NaN);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"test {metric} {found:F4}, expected {figure:F4} or {(isGain ? "more" : "less")}: {((isGain ? found >= figure : found <= figure) ? "reached" : "missed")}"));
        }

        console.WriteLine($"model   {folder.Model}");
        console.WriteLine($"report  {folder.Report}");
    }
}
