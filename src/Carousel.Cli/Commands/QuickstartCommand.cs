using System.CommandLine;
using System.Globalization;
using Carousel.Cli.Output;
using Carousel.Cli.Tasks;
using Carousel.Data;
using Carousel.Optimizers;
using Carousel.Runtime.Models;
using Carousel.Schedules;
using Carousel.Tasks.Forecasting;
using Carousel.Training;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel quickstart</c>: the whole way on a small real series that Carousel brings along.</summary>
internal sealed class QuickstartCommand : CliCommand
{
    private readonly Option<string> _out = new("--out") { Description = "Folder of the run.", HelpName = "folder", DefaultValueFactory = _ => Path.Combine("runs", "quickstart") };
    private readonly ThreadsOption _threads = new();

    /// <summary>Declares the command.</summary>
    public QuickstartCommand()
        : base("quickstart", "A tour in under a minute: train on a real series, compare with baselines, forecast, write a report.", "quickstart", "quickstart --out runs/tour")
    {
        Options.Add(_out);
        Options.Add(_threads);
    }

    /// <summary>A year is a natural time step: a window of three years is three steps of twelve months.</summary>
    private static ForecastRecipe Recipe { get; } = new()
    {
        Name = "quickstart",
        Description = "Monthly totals of international airline passengers, 1949 to 1960 (Box & Jenkins 1976); the last two years are held out.",
        Split = SplitConfig.Rows(96, 24, 24),
        Model = new ForecasterConfig
        {
            Window = 36,
            Horizon = 12,
            Patch = 12,
            Normalisation = WindowNormalisation.Window,
            SeasonLength = 12,
            Network = new LstmConfig(0, 64),
        },
        Training = new TrainingConfig
        {
            Epochs = 100,
            BatchSize = 16,
            Optimizer = new AdamWConfig { LearningRate = 0.01 },
            Schedule = new CosineConfig(),
            Averaging = new AveragingConfig { Decay = 0.99 },
        },
    };

    /// <inheritdoc/>
    public override async Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        Series series = AirlinePassengers.Load();
        output.Message(string.Create(CultureInfo.InvariantCulture, $"{series.Rows} monthly airline passenger counts, 1949 to 1960; training on eight years, choosing on two, testing on the last two"));
        using var folder = RunFolder.Create(arguments.GetValue(_out)!);
        await ForecastRun.TrainAsync(Recipe, series, folder, arguments.GetValue(_threads), output, cancellationToken).ConfigureAwait(false);
        string model = Path.GetRelativePath(Environment.CurrentDirectory, folder.Model);
        output.Message("");
        output.Message("Open the report in a browser. Then:");
        output.Message($"  carousel inspect {model}");
        output.Message($"  carousel forecast {model} --input YOUR-MONTHS.csv");
        output.Message("  carousel train forecast --data YOUR.csv --target COLUMN --out runs/mine");
    }
}
