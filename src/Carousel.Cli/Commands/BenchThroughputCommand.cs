using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel bench throughput</c>: many sequences at once, beside the limits of memory and arithmetic and other engines.</summary>
internal sealed class BenchThroughputCommand : CliCommand
{
    // Published comparisons run sequences of this length.
    private const int SequenceSteps = 50;

    private static readonly string[] Usual = ["lstm512", "lstm1024"];
    private static readonly int[] UsualBatches = [1, 2, 8, 32, 128, 256];

    private readonly InferenceOptions _options;
    private readonly Option<int[]> _batch = new("--batch") { Description = "Numbers of sequences to run together. Default: 1, 2, 8, 32, 128 and 256.", HelpName = "numbers", AllowMultipleArgumentsPerToken = true };

    /// <summary>Declares the command.</summary>
    public BenchThroughputCommand()
        : base("throughput", $"Measure sequences of {SequenceSteps} time steps in batches: time per step, operations per second, the fraction of the limit.",
            "bench throughput", "bench throughput --preset lstm512 --batch 1 32 256 --html throughput.html")
    {
        _options = new InferenceOptions(this, [.. BenchmarkModel.Presets.Where(static preset => preset.Window == 0).Select(static preset => preset.Name)], seconds: 1);
        _batch.Validators.Add(static result =>
        {
            if (result.Tokens.Any(static token => !int.TryParse(token.Value, CultureInfo.InvariantCulture, out int batch) || batch is < 1 or > 65536))
            {
                result.AddError("--batch takes whole numbers from 1 to 65536");
            }
        });
        Options.Add(_batch);
    }

    /// <inheritdoc/>
    public override async Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        int[] batches = arguments.GetValue(_batch) is { Length: > 0 } given ? given : UsualBatches;
        BenchmarkCell[] cells =
        [
            .. from model in _options.Models(arguments, Usual)
               from precision in _options.Precisions(arguments)
               from threads in _options.Threads(arguments)
               from batch in batches
               select new BenchmarkCell(model.Name, model.File, model.Shape, CallMode.Sequence, precision, threads, batch, SequenceSteps),
        ];
        IReadOnlyList<InferenceRow> rows = await _options.MeasureAsync(arguments, output, cells, [0], cancellationToken).ConfigureAwait(false);
        _options.WritePage(arguments, "Throughput", rows);
        output.Result(Document(rows), console => console.Write(Table(output, rows)));
    }

    private static JsonObject Document(IReadOnlyList<InferenceRow> rows) => new()
    {
        ["machine"] = MachineFacts.Read().ToJson(),
        ["rows"] = new JsonArray([.. rows.Select(static row => (JsonNode)new JsonObject
        {
            ["preset"] = row.Cell.Preset,
            ["precision"] = row.Precision,
            ["threads"] = row.Cell.Threads,
            ["batch"] = row.Cell.Batch,
            ["kernel"] = row.Kernel,
            ["engine"] = row.Engine,
            ["calls"] = row.Calls,
            ["us_per_step"] = row.UsPerStep,
            ["gops"] = row.Gops,
            ["limit_fraction"] = JsonNumber.Of(row.LimitFraction),
            ["weight_bytes"] = row.WeightBytes,
            ["bandwidth_gigabytes_per_second"] = row.GigabytesPerSecond,
            ["best_rival"] = row.BestRival,
            ["best_rival_us_per_step"] = row.Best?.UsPerStep,
            ["ratio"] = row.Ratio,
        })]),
    };

    private static Table Table(CommandOutput output, IReadOnlyList<InferenceRow> rows)
    {
        bool hasRivals = rows.Any(static row => row.Best is not null);
        Table table = output.Table(["model", "precision", ">threads", ">batch", ">calls", ">µs per step", ">Gop/s", ">of limit", .. hasRivals ? (string[])["beside the best rival's"] : []]);
        foreach (InferenceRow row in rows.Where(static row => row.Engine == CarouselContender.Name))
        {
            string[] cells =
            [
                row.Cell.Preset, row.Precision, .. ((double[])[row.Cell.Threads, row.Cell.Batch, row.Calls, row.UsPerStep, row.Gops]).Select(InferenceOptions.Number), InferenceOptions.Percent(row.LimitFraction),
                .. hasRivals ? (string[])[InferenceOptions.Beside(row, static other => other.UsPerStep)] : [],
            ];
            table.AddRow(cells);
        }

        return table;
    }
}
