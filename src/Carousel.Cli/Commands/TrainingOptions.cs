using System.CommandLine;
using System.Text.Json;
using Carousel.Cli.Output;
using Carousel.Cli.Tasks;
using Carousel.Runtime.Models;
using Carousel.Tasks;

namespace Carousel.Cli.Commands;

/// <summary>The options that say what and how to train, and the recipe they add up to.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<string[]> _set = new("--set") { Description = "Change one value of the recipe, such as training.epochs=20; may be repeated.", HelpName = "key=value", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _target = new("--target") { Description = "Column to forecast; may be repeated. Default: the only column of numbers.", HelpName = "column", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _covariate = new("--covariate") { Description = "Further column the model sees; may be repeated.", HelpName = "column", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _date = new("--date") { Description = "Column with the time of a row. Default: recognised.", HelpName = "column" };
    private readonly Option<string?> _delimiter = new("--delimiter") { Description = "Character between fields. Default: recognised.", HelpName = "char" };
    private readonly Option<string?> _missing = new("--missing") { Description = "What to do about missing values: error, interpolate, previous or drop.", HelpName = "rule" };
    private readonly Option<int?> _window = new("--window") { Description = "Rows the model looks back on.", HelpName = "rows" };
    private readonly Option<int?> _horizon = new("--horizon") { Description = "Rows it forecasts, all at once.", HelpName = "rows" };
    private readonly Option<int?> _season = new("--season") { Description = "Rows after which the series repeats; 1 for none. Default: detected.", HelpName = "rows" };
    private readonly Option<double[]> _quantiles = new("--quantiles") { Description = "Forecast these quantiles instead of one value, such as 0.1 0.5 0.9.", HelpName = "levels", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _hidden = new("--hidden") { Description = "Units of the LSTM.", HelpName = "units" };
    private readonly Option<int?> _layers = new("--layers") { Description = "Stacked LSTM layers.", HelpName = "layers" };
    private readonly Option<int?> _epochs = new("--epochs") { Description = "Passes over the training part.", HelpName = "passes" };
    private readonly Option<string?> _precision = new("--precision") { Description = "Precision of the matrix products: float32 or bf16.", HelpName = "name" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Determines every random number of the run.", HelpName = "number" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _precision.AcceptOnlyFromAmong("float32", "bf16");
        foreach (Option option in new Option[] { _target, _covariate, _date, _delimiter, _missing, _window, _horizon, _season, _quantiles, _hidden, _layers, _epochs, _precision, _seed, _set })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The recipe of a file, or the default one of a task, with the options applied; and the task it is for.</summary>
    /// <param name="name">Path of a recipe, or the name of a task.</param>
    /// <param name="arguments">The parsed command line.</param>
    /// <exception cref="UsageException">There is neither such a task nor such a file.</exception>
    /// <exception cref="ConfigException">The recipe is for no task that is known, or an option does not fit.</exception>
    public (ITask Task, string Recipe, string Source) Recipe(string name, ParseResult arguments)
    {
        ITask? task = TaskCatalog.Find(name);
        (string json, string source) = task is null ? (ReadFile(name), name) : (task.DefaultRecipe, "the default recipe");

        // A recipe that does not say, or cannot be read, goes to the first task: its reader says what is wrong.
        string found = RecipeOverrides.TaskOf(json) ?? "forecast";
        task ??= TaskCatalog.Find(found) ?? throw new ConfigException(source, [$"task is '{found}', expected one of {TaskCatalog.Names}"]);
        return (task, RecipeOverrides.Apply(json, [.. Changes(arguments)]), source);
    }

    private static string ReadFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"'{path}' is neither a task ({TaskCatalog.Names}) nor a recipe file; recipes are in the folder 'recipes'");
        }

        return File.ReadAllText(path);
    }

    private IEnumerable<string> Changes(ParseResult arguments)
    {
        foreach ((string key, object? value) in new (string, object?)[]
        {
            ("model.targets", List(arguments.GetValue(_target))),
            ("model.covariates", List(arguments.GetValue(_covariate))),
            ("model.date_column", Text(arguments.GetValue(_date))),
            ("delimiter", Text(arguments.GetValue(_delimiter))),
            ("missing", Text(arguments.GetValue(_missing))),
            ("model.window", arguments.GetValue(_window)),
            ("model.horizon", arguments.GetValue(_horizon)),
            ("model.season_length", arguments.GetValue(_season)),
            ("model.quantiles", arguments.GetValue(_quantiles) is { Length: > 0 } levels ? JsonSerializer.Serialize(levels) : null),
            ("model.network.hidden_size", arguments.GetValue(_hidden)),
            ("model.network.layers", arguments.GetValue(_layers)),
            ("training.epochs", arguments.GetValue(_epochs)),
            ("training.precision", Text(arguments.GetValue(_precision))),
            ("training.seed", arguments.GetValue(_seed)),
        })
        {
            if (value is not null)
            {
                yield return FormattableString.Invariant($"{key}={value}");
            }
        }

        foreach (string change in arguments.GetValue(_set) ?? [])
        {
            yield return change;
        }
    }

    private static string? List(string[]? values) => values is { Length: > 0 } ? JsonSerializer.Serialize(values) : null;

    private static string? Text(string? value) => value is null ? null : JsonSerializer.Serialize(value);
}
