using System.CommandLine;
using System.Globalization;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Runtime.Models;
using Names = Carousel.Cli.Benchmarks.Precisions;

namespace Carousel.Cli.Commands;

/// <summary>What <c>bench latency</c> and <c>bench throughput</c> share: which models, in which ways, beside which rivals, and where the page goes.</summary>
internal sealed class InferenceOptions
{
    private const int UsualCalls = 10_000;
    private const string All = "all";

    /// <summary>Where bench/comparison/get_rivals.sh puts them, seen from the root of the repository.</summary>
    public const string UsualRivals = "artifacts/rivals";

    private readonly Option<string[]> _preset = new("--preset") { HelpName = "name", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _model = new("--model") { Description = "A model file instead of the presets.", HelpName = "file" };
    private readonly Option<string[]> _precision = new("--precision") { Description = "Precisions of the weights. Default: float32.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int[]> _threads = new("--threads") { Description = "Numbers of threads that share one call. Default: 1.", HelpName = "numbers", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int> _calls = new("--calls") { Description = "Calls to warm up and calls to measure with each pause, in five rounds.", HelpName = "number", DefaultValueFactory = static _ => UsualCalls };
    private readonly Option<double> _seconds = new("--seconds") { Description = "What all calls of one engine at one model may take; an engine with longer calls makes fewer, one a round at least.", HelpName = "s" };
    private readonly Option<string?> _html = new("--html") { Description = "Also write a page with pictures.", HelpName = "file" };
    private readonly Option<string?> _rivals = new("--rivals") { Description = $"Measure other engines in turns. The folder is where bench/comparison/get_rivals.sh put them, {UsualRivals} unless given.", HelpName = "folder", Arity = ArgumentArity.ZeroOrOne };
    private readonly string[] _presets;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="presets">Names of the presets it can run.</param>
    /// <param name="seconds">What all calls of one engine at one model may take, unless given.</param>
    public InferenceOptions(Command command, string[] presets, double seconds)
    {
        _seconds.DefaultValueFactory = _ => seconds;
        _presets = presets;
        _preset.Description = $"Networks of random weights: {string.Join(", ", presets)} or {All}.";
        _preset.AcceptOnlyFromAmong([.. presets, All]);
        _precision.AcceptOnlyFromAmong([.. Names.Names]);
        _threads.Validators.Add(static result =>
        {
            if (result.Tokens.Any(static token => !int.TryParse(token.Value, CultureInfo.InvariantCulture, out int threads) || threads is < 1 or > 1024))
            {
                result.AddError("--threads takes whole numbers from 1 to 1024");
            }
        });
        _calls.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int calls) && calls is < 5 or > 10_000_000)
            {
                result.AddError($"--calls is {calls}, expected 5 … 10000000");
            }
        });
        _seconds.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && TryParse(result.Tokens[0].Value, out double seconds) && seconds is not (> 0 and <= 3600))
            {
                result.AddError($"--seconds is {result.Tokens[0].Value}, expected a number above 0 up to 3600");
            }
        });
        foreach (Option option in (Option[])[_preset, _model, _precision, _threads, _calls, _seconds, _html, _rivals])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(_model) is not null && result.GetResult(_preset) is not null)
            {
                result.AddError("--model and --preset exclude each other");
            }
        });
    }

    /// <summary>A model that was asked for.</summary>
    internal sealed record Model(string Name, ModelFile File, BenchmarkModel? Shape);

    /// <summary>The models that were asked for, else the usual ones.</summary>
    public IEnumerable<Model> Models(ParseResult arguments, string[] usual)
    {
        if (arguments.GetValue(_model) is { } path)
        {
            return [new Model(Path.GetFileName(path), ModelFile.Load(path), null)];
        }

        string[] names = arguments.GetValue(_preset) is { Length: > 0 } given ? given : usual;
        return (names.Contains(All) ? _presets : names.Distinct()).Select(BenchmarkModel.Preset).Select(static preset => new Model(preset.Name, preset.Build(), preset));
    }

    /// <summary>The precisions.</summary>
    public IReadOnlyList<string> Precisions(ParseResult arguments) => arguments.GetValue(_precision) is { Length: > 0 } given ? [.. given.Distinct()] : [Names.Float32];

    /// <summary>The numbers of threads.</summary>
    public IReadOnlyList<int> Threads(ParseResult arguments) => arguments.GetValue(_threads) is { Length: > 0 } given ? [.. given.Distinct()] : [1];

    /// <summary>Measures all cells, under a progress bar.</summary>
    public async Task<IReadOnlyList<InferenceRow>> MeasureAsync(ParseResult arguments, CommandOutput output, BenchmarkCell[] cells, double[] spaced, CancellationToken cancellationToken)
    {
        using RivalCatalog? rivals = arguments.GetResult(_rivals) is null ? null : new RivalCatalog(arguments.GetValue(_rivals) ?? UsualRivals);
        var benchmark = new InferenceBenchmark(rivals, arguments.GetValue(_calls), TimeSpan.FromSeconds(arguments.GetValue(_seconds)));

        // Cells of one model, number of threads and batch are one contest.
        BenchmarkCell[][] contests = [.. cells.GroupBy(static cell => (cell.Preset, cell.Threads, cell.Batch)).Select(static contest => contest.ToArray())];
        TimeSpan[] times = [.. contests.Select(contest => benchmark.Estimate(contest, spaced).Total)];
        output.Message($"{contests.Length} {(contests.Length == 1 ? "contest" : "contests")}, about {ProgressUpdate.Say(new TimeSpan(times.Sum(static time => time.Ticks)))} on a machine that does nothing else");
        return await output.WithProgressAsync("measuring", progress => Task.Run(
            () => Measure(benchmark, contests, spaced, progress, new BenchmarkProgress(progress, times, TimeProvider.System), cancellationToken), cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Writes the page where it was asked for.</summary>
    public void WritePage(ParseResult arguments, string title, IReadOnlyList<InferenceRow> rows)
    {
        if (arguments.GetValue(_html) is { } path)
        {
            File.WriteAllText(path, InferencePage.Render(title, MachineFacts.Read(), rows));
        }
    }

    /// <summary>A number of a table.</summary>
    public static string Number(double value) => value.ToString(value >= 1000 ? "N0" : "G4", CultureInfo.InvariantCulture);

    /// <summary>A share of a table.</summary>
    public static string Percent(double share) => double.IsNaN(share) ? "–" : share.ToString("P1", CultureInfo.InvariantCulture);

    /// <summary>The verdict on our row: how its time compares with the best rival's.</summary>
    /// <param name="row">Ours.</param>
    /// <param name="time">The time that the table shows, in microseconds.</param>
    public static string Beside(InferenceRow row, Func<InferenceRow, double> time) => row is { Ratio: { } ratio, Best: { } best } ? $"{ratio.ToString("G3", CultureInfo.InvariantCulture)} of {row.BestRival} ({Number(time(best))})" : "";

    /// <summary>A factor of a table.</summary>
    public static string Times(double factor) => $"{factor.ToString(factor >= 100 ? "F0" : "G3", CultureInfo.InvariantCulture)} times";

    /// <summary>Reads a number whatever the culture.</summary>
    public static bool TryParse(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static List<InferenceRow> Measure(
        InferenceBenchmark benchmark, BenchmarkCell[][] contests, double[] spaced, IProgress<ProgressUpdate> progress, BenchmarkProgress contestProgress, CancellationToken cancellation)
    {
        List<InferenceRow> rows = [];
        for (int i = 0; i < contests.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                BenchmarkCell cell = contests[i][0];
                IProgress<double> shares = contestProgress.Of(i, $"{cell.Preset}, threads {cell.Threads}, batch {cell.Batch}");
                shares.Report(0);
                rows.AddRange(benchmark.Measure(contests[i], spaced, shares, cancellation));
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException && cancellation.IsCancellationRequested)
            {
                // Ctrl-C reaches the rivals too, and they end first.
                throw new OperationCanceledException("the rivals have ended", exception, cancellation);
            }
        }

        progress.Report(new ProgressUpdate(1, "done"));
        return rows;
    }
}
