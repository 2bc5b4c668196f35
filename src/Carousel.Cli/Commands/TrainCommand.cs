using System.CommandLine;
using Carousel.Cli.Output;
using Carousel.Cli.Tasks;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel train</c>: from a recipe, or a task and some options, to a run folder.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly Argument<string> _recipe = new("recipe") { Description = $"A recipe file, or a task: {TaskCatalog.Names}." };
    private readonly Option<string?> _data = new("--data") { Description = "The data: a file, or a folder with one text for each part; not needed by tests of memory, which make theirs up.", HelpName = "path" };
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
            "train recipes/etth1-univariate-24.json --data ETTh1.csv --out runs/ett --resume",
            "train lm --data book.txt --set text.unit=character --out runs/book",
            "train translate --data sentences.tsv --out runs/sentences",
            "train classify --data reviews.tsv --out runs/reviews",
            "train recipes/adding-problem.json --out runs/adding",
            "train recipes/ptb-small.json --data ptb --out runs/ptb",
            "train transcribe --data recordings.tsv --out runs/speech",
            "train recipes/an4-ctc.json --data an4-mfcc --out runs/an4")
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
        (ITask task, string recipe, string source) = _training.Recipe(arguments.GetValue(_recipe)!, arguments);
        var order = new TrainingOrder(recipe, source, arguments.GetValue(_data), arguments.GetValue(_out)!, arguments.GetValue(_resume), arguments.GetValue(_threads));
        try
        {
            await task.TrainAsync(order, output, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (order.Folder?.LastCheckpoint is { } checkpoint)
        {
            throw new StoppedException($"stopped; the checkpoint is saved in {checkpoint}. To go on, give the same command with --resume", e);
        }
    }
}
