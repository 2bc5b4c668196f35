using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Runtime.Kernels;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel bench kernels</c>: every kernel beside the multiply-adds this machine reaches in registers.</summary>
internal sealed class BenchKernelsCommand : CliCommand
{
    private readonly Option<string[]> _set = new("--set") { Description = "Kernel set to measure; may be repeated. Default: the one this machine gets.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _precision = new("--precision") { Description = "float32; or bf16: the products of training in mixed precision.", HelpName = "name", DefaultValueFactory = static _ => "float32" };
    private readonly Option<int[]> _threads = new("--threads") { Description = "Numbers of threads for products. Default: 1 and all.", HelpName = "numbers", AllowMultipleArgumentsPerToken = true };

    /// <summary>Declares the command.</summary>
    public BenchKernelsCommand()
        : base("kernels", "Measure every kernel: time, operations per second, and the fraction of the peak measured in the same turns.", "bench kernels", "bench kernels --set avx2 scalar --threads 1 --json", "bench kernels --precision bf16")
    {
        _set.AcceptOnlyFromAmong([.. KernelCatalog.Supported.Select(set => set.Name)]);
        Options.Add(_set);
        _precision.AcceptOnlyFromAmong("float32", "bf16");
        Options.Add(_precision);
        _threads.Validators.Add(static result =>
        {
            if (result.Tokens.Any(token => !int.TryParse(token.Value, CultureInfo.InvariantCulture, out int threads) || threads is < 1 or > 1024))
            {
                result.AddError("--threads takes whole numbers from 1 to 1024");
            }
        });
        Options.Add(_threads);
    }

    /// <inheritdoc/>
    public override async Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string[] names = arguments.GetValue(_set) is { Length: > 0 } given ? given : [KernelCatalog.Selected.Name];
        int[] threads = arguments.GetValue(_threads) is { Length: > 0 } asked ? asked : [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        bool isMixed = arguments.GetValue(_precision) == "bf16";
        KernelSet[] sets = [.. names.Distinct().Select(name => KernelCatalog.Supported.First(set => set.Name == name)).Select(set => isMixed ? set.Mixed : set)];
        int expected = sets.Sum(set => KernelCase.Of(set).Sum(kernel => kernel.IsShared ? threads.Length : 1));
        IReadOnlyList<KernelRow> rows = await output.WithProgressAsync("measuring", progress => Task.Run(
            () => KernelBenchmark.Run(sets, threads, new Shown(progress, expected), cancellationToken), cancellationToken)).ConfigureAwait(false);
        output.Result(Document(rows), console =>
        {
            Table table = output.Table("kernels", "kernel", "shape", ">threads", ">µs", ">Gop/s", ">peak", ">fraction", ">GB/s");
            foreach (KernelRow row in rows)
            {
                table.AddRow(row.Set, row.Kernel, row.Shape, Number(row.Threads), Number(row.Us), Number(row.Gops), Number(row.PeakGops),
                    row.Fraction.ToString("P1", CultureInfo.InvariantCulture), Number(row.GigabytesPerSecond));
            }

            console.Write(table);
        });
    }

    private static JsonObject Document(IReadOnlyList<KernelRow> rows)
    {
        JsonArray list = [];
        foreach (KernelRow row in rows)
        {
            list.Add((JsonNode)new JsonObject
            {
                ["set"] = row.Set,
                ["kernel"] = row.Kernel,
                ["shape"] = row.Shape,
                ["threads"] = row.Threads,
                ["us"] = row.Us,
                ["gops"] = row.Gops,
                ["peak_gops"] = row.PeakGops,
                ["fraction"] = row.Fraction,
                ["gigabytes_per_second"] = row.GigabytesPerSecond,
            });
        }

        return new JsonObject { ["machine"] = MachineFacts.Read().ToJson(), ["rows"] = list };
    }

    private static string Number(double value) => value.ToString(value >= 1000 ? "N0" : "G4", CultureInfo.InvariantCulture);

    private sealed class Shown(IProgress<ProgressUpdate> progress, int expected) : IProgress<KernelRow>
    {
        private int _done;

        public void Report(KernelRow value) => progress.Report(new ProgressUpdate((double)++_done / expected, $"{value.Set} {value.Kernel} {value.Shape}"));
    }
}
