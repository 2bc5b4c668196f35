using System.CommandLine;
using System.Text.Json.Nodes;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel bench latency</c>: how long one time step or one window takes, beside the memory's limit and other engines.</summary>
internal sealed class BenchLatencyCommand : CliCommand
{
    private static readonly string[] Usual = ["lstm_tiny", "lstm_small", "lstm_med", "lstm_med_deep", "lstm_a"];

    private readonly InferenceOptions _options;
    private readonly Option<double[]> _spaced = new("--spaced") { Description = "Pauses between calls, in microseconds. Default: 0 and 20.", HelpName = "µs", AllowMultipleArgumentsPerToken = true };

    /// <summary>Declares the command.</summary>
    public BenchLatencyCommand()
        : base("latency", "Measure one time step: mean, percentiles, the fraction of the memory's limit, and other engines beside it.",
            "bench latency", "bench latency --preset lstm_tiny lstm_a --spaced 0 --html latency.html", "bench latency --model runs/ett/model.safetensors --json")
    {
        _options = new InferenceOptions(this, [.. BenchmarkModel.Presets.Select(static preset => preset.Name)]);
        _spaced.Validators.Add(static result =>
        {
            if (result.Tokens.Any(static token => !InferenceOptions.TryParse(token.Value, out double us) || us is < 0 or > 1e6))
            {
                result.AddError("--spaced takes numbers from 0 to 1000000, in microseconds");
            }
        });
        Options.Add(_spaced);
    }

    /// <inheritdoc/>
    public override async Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        double[] spaced = arguments.GetValue(_spaced) is { Length: > 0 } given ? given : [0, 20];
        BenchmarkCell[] cells = [.. _options.Models(arguments, Usual).SelectMany(model => Cells(arguments, model))];
        IReadOnlyList<InferenceRow> rows = await _options.MeasureAsync(arguments, output, cells, spaced, cancellationToken).ConfigureAwait(false);
        _options.WritePage(arguments, "Latency", rows);
        output.Result(Document(rows), console => console.Write(Table(output, rows)));
    }

    // A stream takes steps; a window is run anew, and slid.
    private IEnumerable<BenchmarkCell> Cells(ParseResult arguments, InferenceOptions.Model model)
    {
        int window = model.Shape?.Window ?? 0;
        foreach (string precision in _options.Precisions(arguments))
        {
            foreach (int threads in _options.Threads(arguments))
            {
                foreach (CallMode mode in window > 0 ? (CallMode[])[CallMode.Window, CallMode.Sliding] : [CallMode.Step])
                {
                    yield return new BenchmarkCell(model.Name, model.File, model.Shape, mode, precision, threads, Batch: 1, Math.Max(window, 1));
                }
            }
        }
    }

    private static JsonObject Document(IReadOnlyList<InferenceRow> rows) => new()
    {
        ["machine"] = MachineFacts.Read().ToJson(),
        ["rows"] = new JsonArray([.. rows.Select(static row => (JsonNode)new JsonObject
        {
            ["preset"] = row.Cell.Preset,
            ["mode"] = row.Cell.ModeName,
            ["precision"] = row.Precision,
            ["threads"] = row.Cell.Threads,
            ["kernel"] = row.Kernel,
            ["engine"] = row.Engine,
            ["spaced_us"] = row.SpacedUs,
            ["calls"] = row.Calls,
            ["mean_us"] = row.Figures.Mean,
            ["p50_us"] = row.Figures.P50,
            ["p99_us"] = row.Figures.P99,
            ["p999_us"] = row.Figures.P999,
            ["max_us"] = row.Figures.Max,
            ["weight_bytes"] = row.WeightBytes * row.Cell.TimedSteps,
            ["bandwidth_gigabytes_per_second"] = row.GigabytesPerSecond,
            ["limit_fraction"] = JsonNumber.Of(row.LimitFraction),
            ["allocated_bytes"] = row.AllocatedBytes,
            ["collections"] = row.Collections,
            ["best_rival"] = row.BestRival,
            ["ratio"] = row.Ratio,
        })]),
    };

    private static Table Table(CommandOutput output, IReadOnlyList<InferenceRow> rows)
    {
        bool hasRivals = rows.Any(static row => row.BestRival is not null);
        Table table = output.Table("preset", "call", "engine", "precision", ">threads", ">spaced", ">calls", ">mean µs", ">p50", ">p99", ">p99.9", ">max", ">weights", ">GB/s", ">of limit", ">alloc",
            hasRivals ? ">beside best rival" : ">GCs");
        foreach (InferenceRow row in rows)
        {
            LatencyFigures us = row.Figures;
            table.AddRow(row.Cell.Preset, row.Cell.ModeName, row.Engine, row.Precision, InferenceOptions.Number(row.Cell.Threads), InferenceOptions.Number(row.SpacedUs), InferenceOptions.Number(row.Calls),
                InferenceOptions.Number(us.Mean), InferenceOptions.Number(us.P50), InferenceOptions.Number(us.P99), InferenceOptions.Number(us.P999), InferenceOptions.Number(us.Max),
                $"{InferenceOptions.Number(row.WeightBytes / 1048576.0)} MB", InferenceOptions.Number(row.GigabytesPerSecond), InferenceOptions.Percent(row.LimitFraction), $"{row.AllocatedBytes?.ToString() ?? "–"}",
                hasRivals ? InferenceOptions.Beside(row) : $"{row.Collections?.ToString() ?? "–"}");
        }

        return table;
    }
}
