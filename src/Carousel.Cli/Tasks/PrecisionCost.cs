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
        string metrics = string.Join(", ", Found.Where(metric => metric.Key is "mse" or "mae" or "perplexity" or "bits_per_token" or "accuracy" or "nll" or "bleu" or "chrf").Select(metric =>
            string.Create(CultureInfo.InvariantCulture, $"{metric.Key} {metric.Value:G5} (float32 {Exact[metric.Key]:G5}, {(metric.Value / Exact[metric.Key]) - 1:+0.00 %;-0.00 %;0.00 %})")));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Name}: {metrics}; largest difference of an output {LargestDifference:G3}"));
    }

    private string Name => Precision.ToString().ToLowerInvariant();
}
