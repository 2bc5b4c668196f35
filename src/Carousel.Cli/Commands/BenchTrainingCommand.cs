using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Training;
using Spectre.Console;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel bench training</c>: whole training steps of four jobs, beside the peak of the machine and other engines.</summary>
internal sealed class BenchTrainingCommand : CliCommand
{
    private const double UsualSeconds = 5;

    private readonly Option<string[]> _job = new("--job") { Description = $"Jobs: {string.Join(", ", TrainingJob.All.Keys)}. Default: all.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _precision = new("--precision") { Description = "Precisions of the matrix products: float32, bf16. Default: float32.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
    private readonly ThreadsOption _threads = new();
    private readonly Option<double> _seconds = new("--seconds") { Description = "What the measured steps of one engine at one job may take.", HelpName = "s", DefaultValueFactory = static _ => UsualSeconds };
    private readonly Option<bool> _profile = new("--profile") { Description = "Show where the time of a step goes." };
    private readonly Option<string?> _rivals = new("--rivals")
    {
        Description = $"Measure other engines in turns. The folder is where bench/comparison/get_rivals.sh put them, {InferenceOptions.UsualRivals} unless given.", HelpName = "folder", Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Declares the command.</summary>
    public BenchTrainingCommand()
        : base("training", "Measure whole training steps: items per second, the fraction of the peak, memory, and other engines beside it.",
            "bench training", "bench training --job lm_small --precision float32 bf16 --profile", "bench training --rivals --json")
    {
        _job.AcceptOnlyFromAmong([.. TrainingJob.All.Keys]);
        _precision.AcceptOnlyFromAmong([.. Enum.GetValues<TrainingPrecision>().Select(CarouselTrainer.NameOf)]);
        _seconds.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && InferenceOptions.TryParse(result.Tokens[0].Value, out double seconds) && seconds is not (> 0 and <= 3600))
            {
                result.AddError($"--seconds is {result.Tokens[0].Value}, expected a number above 0 up to 3600");
            }
        });
        foreach (Option option in (Option[])[_job, _precision, _threads, _seconds, _profile, _rivals])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    public override async Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string[] jobs = arguments.GetValue(_job) is { Length: > 0 } given ? [.. given.Distinct()] : [.. TrainingJob.All.Keys];
        string[] names = arguments.GetValue(_precision) is { Length: > 0 } asked ? asked : [Precisions.Float32];
        TrainingPrecision[] precisions = [.. Enum.GetValues<TrainingPrecision>().Where(precision => names.Contains(CarouselTrainer.NameOf(precision)))];
        foreach (string note in precisions.SelectMany(static precision => TrainingKernels.Notes(TrainingKernels.Of(precision))))
        {
            output.Message(note);
        }

        string? rivals = arguments.GetResult(_rivals) is null ? null : arguments.GetValue(_rivals) ?? InferenceOptions.UsualRivals;
        var benchmark = new TrainingBenchmark(rivals, TimeSpan.FromSeconds(arguments.GetValue(_seconds)));
        int threads = arguments.GetValue(_threads);
        IReadOnlyList<TrainingRow> rows = await output.WithProgressAsync("measuring", progress => Task.Run(
            () =>
            {
                List<TrainingRow> all = [];
                for (int i = 0; i < jobs.Length; i++)
                {
                    all.AddRange(benchmark.Measure(jobs[i], precisions, threads, new JobProgress(progress, jobs[i], i, jobs.Length), cancellationToken));
                }

                return all;
            },
            cancellationToken)).ConfigureAwait(false);
        bool isProfiled = arguments.GetValue(_profile);
        output.Result(Document(rows, isProfiled), console =>
        {
            console.Write(Table(output, rows));
            console.WriteLine("GFLOP/s: 6 for each weight of a matrix and row it meets (2 forward, 4 backward); embeddings, gates, soft-max, clipping and update do not count.");
            console.WriteLine("of peak: of the multiply-adds that these threads reach in registers in that precision.");
            if (isProfiled)
            {
                console.Write(ProfileTable(output, rows));
            }
        });
    }

    private static JsonObject Document(IReadOnlyList<TrainingRow> rows, bool isProfiled) => new()
    {
        ["machine"] = MachineFacts.Read().ToJson(),
        ["rows"] = new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject
        {
            ["job"] = row.Job,
            ["precision"] = row.Precision,
            ["threads"] = row.Threads,
            ["engine"] = row.Engine,
            ["kernel"] = row.Kernel,
            ["steps"] = row.Steps,
            ["us_per_step"] = row.UsPerStep,
            ["items"] = row.Unit,
            ["items_per_second"] = row.ItemsPerSecond,
            ["gflops"] = row.Gflops,
            ["peak_gflops"] = row.PeakGops,
            ["limit_fraction"] = JsonNumber.Of(row.LimitFraction),
            ["peak_bytes"] = row.PeakBytes,
            ["allocated_bytes_per_step"] = row.AllocatedBytesPerStep,
            ["best_rival"] = row.Best?.Engine,
            ["rate_ratio"] = row.RateRatio,
            ["profile"] = isProfiled && row.Profile is { } profile ? JsonNumber.Object(profile.Parts.Select(static part => KeyValuePair.Create(part.Name.Replace(' ', '_'), part.Share))) : null,
        })]),
    };

    private static Table Table(CommandOutput output, IReadOnlyList<TrainingRow> rows)
    {
        bool hasRivals = rows.Any(static row => row.Best is not null);
        Table table = output.Table(["job", "engine", "precision", ">threads", ">steps", ">ms per step", ">items/s", "", ">GFLOP/s", ">of peak", ">peak memory", ">allocated/step", .. hasRivals ? (string[])["rate beside the rival's"] : []]);
        foreach (TrainingRow row in rows)
        {
            string[] cells =
            [
                row.Job, row.Engine, row.Precision, InferenceOptions.Number(row.Threads), InferenceOptions.Number(row.Steps), InferenceOptions.Number(row.UsPerStep / 1e3), row.ItemsPerSecond.ToString("N0", CultureInfo.InvariantCulture), row.Unit,
                InferenceOptions.Number(row.Gflops), InferenceOptions.Percent(row.LimitFraction), $"{row.PeakBytes / 1e6:F0} MB", row.AllocatedBytesPerStep is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} B") : "–",
                .. hasRivals ? (string[])[row.RateRatio is { } ratio ? $"{InferenceOptions.Times(ratio)} {row.Best!.Engine}, {row.Best.Kernel}" : ""] : [],
            ];
            table.AddRow(cells);
        }

        return table;
    }

    private static Table ProfileTable(CommandOutput output, IReadOnlyList<TrainingRow> rows)
    {
        TrainingRow[] profiled = [.. rows.Where(static row => row.Profile is not null)];
        Table table = output.Table(["share of a step", .. profiled.Select(static row => $">{row.Job} {row.Precision}")]);
        foreach (string part in TrainingProfile.Order)
        {
            table.AddRow([part, .. profiled.Select(row => InferenceOptions.Percent(row.Profile!.Parts.FirstOrDefault(other => other.Name == part).Share))]);
        }

        return table;
    }

    private sealed class JobProgress(IProgress<ProgressUpdate> all, string job, int number, int count) : IProgress<double>
    {
        public void Report(double value) => all.Report(new ProgressUpdate((number + value) / count, job));
    }
}
