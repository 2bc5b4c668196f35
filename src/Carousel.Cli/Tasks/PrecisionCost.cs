using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Output;
using Carousel.Runtime.Streams;
using Spectre.Console;

namespace Carousel.Cli.Tasks;

/// <summary>What running a model in a lower precision costs: its metrics beside those of float32, and how far its outputs are off.</summary>
/// <param name="Precision">How the weights were held.</param>
/// <param name="Exact">Metrics in float32.</param>
/// <param name="Found">Metrics in this precision.</param>
/// <param name="LargestDifference">Largest difference of any output from float32, in the units of the network's output.</param>
internal sealed record PrecisionCost(Precision Precision, IReadOnlyDictionary<string, double> Exact, IReadOnlyDictionary<string, double> Found, float LargestDifference)
{
    // The metrics a line has room for, of all tasks.
    private static readonly HashSet<string> Shown = ["mse", "mae", "perplexity", "bits_per_token", "accuracy", "nll", "bleu", "chrf", "wer", "cer"];

    /// <summary>The cost by metrics and outputs.</summary>
    public static PrecisionCost Of(
        Precision precision, IReadOnlyDictionary<string, double> exact, IReadOnlyDictionary<string, double> found, ReadOnlySpan<float> exactOutputs, ReadOnlySpan<float> foundOutputs)
    {
        float largest = 0;
        for (int at = 0; at < exactOutputs.Length; at++)
        {
            largest = Math.Max(largest, Math.Abs(exactOutputs[at] - foundOutputs[at]));
        }

        return new PrecisionCost(precision, exact, found, largest);
    }

    /// <summary>Adds the fields <c>precision</c>, <c>float32</c> and <c>largest_output_difference</c>.</summary>
    public void AddTo(JsonObject document)
    {
        document["precision"] = Name;
        document["float32"] = JsonNumber.Object(Exact);
        document["largest_output_difference"] = JsonNumber.Of(LargestDifference);
    }

    /// <summary>Says it in a line: <c>int8: mse 0.02541 (float32 0.02540, +0.04 %) …</c></summary>
    public void Write(IAnsiConsole console)
    {
        string metrics = string.Join(", ", Found.Where(metric => Shown.Contains(metric.Key)).Select(metric => Beside(metric.Key, metric.Value, Exact[metric.Key])));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Name}: {metrics}; largest difference of an output {LargestDifference:G3}"));
    }

    private static string Beside(string name, double found, double exact) => string.Create(
        CultureInfo.InvariantCulture, $"{name} {found:G5} (float32 {exact:G5}{(exact == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {(found / exact) - 1:+0.00 %;-0.00 %;0.00 %}"))})");

    private string Name => Precision.ToString().ToLowerInvariant();
}
