using System.CommandLine;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;
using Carousel.Cli.Tasks;
using Carousel.Runtime.Models;
using Carousel.Runtime.Streams;
using Carousel.Tasks;

namespace Carousel.Cli.Commands;

/// <summary><c>carousel evaluate</c>: how good a model is on one part of a data file, beside the baselines where a task has them.</summary>
internal sealed class EvaluateCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "The model file." };
    private readonly Option<string?> _data = new("--data") { Description = "The data: a file, or a folder with one text for each part; not needed by tests of memory, which make theirs up.", HelpName = "path" };
    private readonly Option<string> _split = new("--split") { Description = "The part to measure on: train, valid or test.", HelpName = "part", DefaultValueFactory = _ => "test" };
    private readonly Option<string> _precision = new("--precision") { Description = $"Run the model as deployment does, in {string.Join(", ", Precisions.Names)}, and say what that costs beside float32.", HelpName = "name" };
    private readonly CtcSearchOptions _search = new();
    private readonly ThreadsOption _threads = new();

    /// <summary>Declares the command.</summary>
    public EvaluateCommand()
        : base("evaluate", "Measure a model on a data file.", "evaluate runs/ett/model.safetensors --data ETTh1.csv", "evaluate runs/ett/model.safetensors --data ETTh1.csv --split valid --json", "evaluate runs/ett/model.safetensors --data ETTh1.csv --precision int8", "evaluate runs/ptb/model.safetensors --data ptb", "evaluate runs/an4/model.safetensors --data an4 --lm runs/words/model.safetensors --lm-weight 0.8")
    {
        Arguments.Add(_model);
        Options.Add(_data);
        _split.AcceptOnlyFromAmong("train", "valid", "test");
        Options.Add(_split);
        _precision.AcceptOnlyFromAmong([.. Precisions.Names]);
        Options.Add(_precision);
        _search.AddTo(this);
        Options.Add(_threads);
    }

    /// <inheritdoc/>
    public override Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = arguments.GetValue(_model)!;
        ModelFile file = ModelFile.Load(path);

        // A bare network says in its recipe what it was trained for.
        string task = (file.Config is NetworkConfig && file.Recipe is { } recipe ? RecipeOverrides.TaskOf(recipe) : null) ?? file.Config.Task;
        ITask commands = TaskCatalog.Find(task) ?? throw new ModelFileException(path, $"holds a model for the task '{task}', expected one of {TaskCatalog.Names}");
        Precision? precision = arguments.GetValue(_precision) is { } name ? Enum.Parse<Precision>(name, ignoreCase: true) : null;
        CtcSearchOrder search = _search.Read(arguments);
        if (!search.IsUsual && file.Config is not TranscriberConfig)
        {
            throw new UsageException($"--lm, --beam, --lm-weight and --token-bonus are for transcribers, but {path} holds a model for the task '{task}'");
        }

        commands.Evaluate(new EvaluationOrder(path, arguments.GetValue(_data), arguments.GetValue(_split)!, arguments.GetValue(_threads), precision) { Search = search }, output, cancellationToken);
        return Task.CompletedTask;
    }
}
