using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Runtime.Streams;
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
        _options = new InferenceOptions(this, [.. BenchmarkModel.Presets.Select(static preset => preset.Name)], seconds: 6);
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
        output.Result(Document(rows), console =>
        {
            console.Write(Table(output, rows));
            foreach (string line in Remarks(rows))
            {
                console.WriteLine(line);
            }
        });
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
            ["gigabytes_per_second"] = row.ReachedGigabytesPerSecond,
            ["bandwidth_gigabytes_per_second"] = row.GigabytesPerSecond,
            ["limit_fraction"] = JsonNumber.Of(row.LimitFraction),
            ["allocated_bytes"] = row.AllocatedBytes,
            ["collections"] = row.Collections,
            ["best_rival"] = row.BestRival,
            ["best_rival_p50_us"] = row.Best?.Figures.P50,
            ["ratio"] = row.Ratio,
            ["full_window_p99_us"] = row.FullWindow?.Figures.P99,
            ["budget"] = row.Budget is { } budget ? Budget(budget) : null,
        })]),
    };

    private static JsonObject Budget(WindowBudget budget) => new()
    {
        ["prepared_steps"] = budget.PreparedSteps,
        ["answer_p50_us"] = budget.AnswerP50Us,
        ["answer_p99_us"] = budget.AnswerP99Us,
        ["prepare_p50_us"] = budget.PrepareP50Us,
        ["prepare_p99_us"] = budget.PrepareP99Us,
        ["interval_p50_us"] = budget.IntervalP50Us,
        ["interval_p99_us"] = budget.IntervalP99Us,
    };

    // Our own rows; those of the rivals are in the JSON and on the page.
    private static Table Table(CommandOutput output, IReadOnlyList<InferenceRow> rows)
    {
        bool hasRivals = rows.Any(static row => row.Best is not null);
        Table table = output.Table(["model", "precision", ">threads", ">pause", ">calls", ">mean µs", ">p50", ">p99", ">p99.9", ">max", ">weights", ">GB/s", ">of", ">limit", .. hasRivals ? (string[])["p50 beside the best rival's"] : []]);
        foreach (InferenceRow row in rows.Where(static row => row.Engine == CarouselContender.Name))
        {
            LatencyFigures us = row.Figures;
            string[] cells =
            [
                row.Cell.Mode == CallMode.Step ? row.Cell.Preset : $"{row.Cell.Preset} {row.Cell.ModeName}", row.Precision, .. ((double[])[row.Cell.Threads, row.SpacedUs, row.Calls, us.Mean, us.P50, us.P99, us.P999, us.Max]).Select(InferenceOptions.Number),
                $"{InferenceOptions.Number(row.WeightBytes / 1e6)} MB", $"{row.ReachedGigabytesPerSecond:F0}", $"{row.GigabytesPerSecond:F0}", InferenceOptions.Percent(row.LimitFraction), .. hasRivals ? (string[])[InferenceOptions.Beside(row, static other => other.Figures.P50)] : [],
            ];
            table.AddRow(cells);
        }

        return table;
    }

    private static IEnumerable<string> Remarks(IReadOnlyList<InferenceRow> rows)
    {
        InferenceRow[] ours = [.. rows.Where(static row => row.Engine == CarouselContender.Name)];
        yield return "weights: read by one step; GB/s: so fast in a median call, of what the memory level that holds them gives at best.";
        yield return string.Create(CultureInfo.InvariantCulture, $"{ours.Max(static row => row.AllocatedBytes)} bytes allocated and {ours.Max(static row => row.Collections)} collections at most in all calls of a row.");
        foreach (InferenceRow row in ours.Where(static row => row.FullWindow is not null))
        {
            // Rivals have no sliding window, so the rows of all of them are of full ones.
            IEnumerable<string> others = rows.Where(other => other.Engine != row.Engine && (other.Cell.Preset, other.Cell.Threads, other.SpacedUs) == (row.Cell.Preset, row.Cell.Threads, row.SpacedUs))
                .OrderBy(static other => other.Figures.P99)
                .Select(other => $"{InferenceOptions.Times(other.Figures.P99 / row.Figures.P99)} below that of {other.Engine} {other.Precision}");
            yield return $"{row.Cell.Preset} sliding, {row.Precision}, pause {InferenceOptions.Number(row.SpacedUs)}: the bits of the full window; p99 {InferenceOptions.Number(row.Figures.P99)} µs, "
                + string.Join(", ", others.Prepend($"{InferenceOptions.Times(row.FullWindow!.Figures.P99 / row.Figures.P99)} below our own full window's"));
        }

        foreach (InferenceRow row in ours.Where(static row => row.Budget is not null).DistinctBy(static row => (row.Cell, row.Precision)))
        {
            yield return $"{row.Cell.Preset} sliding, {row.Precision}, {row.Cell.Threads} {(row.Cell.Threads == 1 ? "thread" : "threads")}, budget: {row.Budget}.";
        }
    }
}
