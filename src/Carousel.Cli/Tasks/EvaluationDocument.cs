using System.Text.Json.Nodes;
using Carousel.Cli.Output;

namespace Carousel.Cli.Tasks;

/// <summary>What <c>evaluate</c> says to scripts, whatever the task.</summary>
internal static class EvaluationDocument
{
    /// <summary>The document; a task adds what is its own.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="order">What was asked for.</param>
    /// <param name="examples">How many the part has.</param>
    /// <param name="metrics">Of the model.</param>
    /// <param name="baselines">Metrics of each baseline; null when there are none.</param>
    public static JsonObject Of(string task, EvaluationOrder order, long examples, IReadOnlyDictionary<string, double> metrics, JsonObject? baselines = null) => new()
    {
        ["model"] = order.Model,
        ["task"] = task,
        ["split"] = order.Part,
        ["examples"] = examples,
        ["metrics"] = JsonNumber.Object(metrics),
        ["baselines"] = baselines ?? [],
    };
}
