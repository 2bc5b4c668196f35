using System.CommandLine;
using Carousel.Cli.Output;
using Carousel.Data;
using Carousel.Tasks.Forecasting;
using Carousel.Training;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel train</c>: from a recipe, or a task and some options, to a run folder.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly Argument<string> _recipe = new("recipe") { Description = "A recipe file, or the task: forecast." };
    private readonly Option<string> _data = new("--data") { Description = "The data file.", Required = true, HelpName = "path" };
    private readonly Option<string> _out = new("--out") { Description = "Folder of the run.", Required = true, HelpName = "folder" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the folder's checkpoint, if there is one." };
    private readonly ThreadsOption _threads = new();
    private readonly TrainingOptions _training = new();

    /// <summary>Declares the command.</summary>
    public TrainCommand()
        : base(
            "train",
            "Train a model; Ctrl-C saves a checkpoint that --resume goes on from.",
            "train forecast --data sales.csv --target revenue --window 48 --horizon 12 --out runs/sales",
            "train recipes/etth1-univariate-24.json --data ETTh1.csv --out runs/ett",
            "train recipes/etth1-univariate-24.json --data ETTh1.csv --out runs/ett --set training.epochs=20 --seed 7",
            "train recipes/etth1-univariate-24.json --data ETTh1.csv --out runs/ett --resume")
    {
        Arguments.Add(_recipe);
        Options.Add(_data);
        Options.Add(_out);
        Options.Add(_resume);
        Options.Add(_threads);
        _training.AddTo(this);
    }

    /// <inheritdoc/>
    public override async Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        ForecastRecipe recipe = _training.Recipe(arguments.GetValue(_recipe)!, arguments);
        Series series = Series.FromCsv(arguments.GetValue(_data)!, recipe.CsvOptions);
        bool resume = arguments.GetValue(_resume);
        ForecastTraining.Prepare(recipe, series);
        RunFolder folder = OpenFolder(arguments.GetValue(_out)!, resume, output);
        try
        {
            ForecastResult result = await ForecastRun.TrainAsync(recipe, series, folder, resume, arguments.GetValue(_threads), output, cancellationToken).ConfigureAwait(false);
            ForecastRun.Show(result, folder, output);
        }
        catch (OperationCanceledException e) when (File.Exists(folder.Checkpoint))
        {
            throw new StoppedException($"stopped; the checkpoint is saved in {folder.Checkpoint}. To go on, give the same command with --resume", e);
        }
    }

    private static RunFolder OpenFolder(string path, bool resume, CommandOutput output)
    {
        if (resume)
        {
            RunFolder existing = RunFolder.Open(path);
            output.Message(File.Exists(existing.Checkpoint) ? $"going on from {existing.Checkpoint}" : $"no checkpoint in {existing.Path} yet; starting at the beginning");
            return existing;
        }

        (RunFolder folder, string? kept) = RunFolder.Create(path);
        if (kept is not null)
        {
            output.Message($"a run was already there; it is kept in {kept}");
        }

        return folder;
    }
}
