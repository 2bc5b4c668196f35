using System.Text.Json;
using Carousel.Cli.Tasks;

namespace Carousel.Cli.Tests;

/// <summary>Data, recipes and options that cannot work: each ends in one message that says where and what to do, and an earlier run stays as it was.</summary>
public sealed class WrongInputTests : IDisposable
{
    private readonly Workplace _workplace = new();

    public void Dispose() => _workplace.Dispose();

    public static TheoryData<string, string, string[]> WrongData => new()
    {
        { "", "load", ["load.csv: is empty", "expected a header line and rows"] },
        { "\n\n", "load", ["load.csv: is empty"] },
        { "time,load,heat,mode\n", "load", ["load.csv: has a header but no rows"] },
        { Workplace.Series(), "laod", ["load.csv: no column 'laod' (did you mean 'load'?); columns: time, load, heat, mode"] },
        { Workplace.Series(57, "2026-01-03 07:00:00,abc,0.5,7"), "load", ["load.csv, line 57, column 'load': 'abc' is not a number"] },
        { Workplace.Series(57, "2026-01-03 07:00:00,\"4,5\",0.5,7"), "load", ["line 57, column 'load': '4,5' is not a number (write the decimal sign as a point)"] },
        { Workplace.Series(58, "2026-01-03 08:00:00,,0.5,7"), "load", ["line 58, column 'load': the value is missing (use --missing interpolate)"] },
        { Workplace.Series(59, "2026-01-03 09:00:00,NaN,0.5,7"), "load", ["line 59, column 'load': 'NaN' is not a number (use --missing interpolate)"] },
        { Workplace.Series(60, "2026-01-03 10:00:00,Infinity,0.5,7"), "load", ["line 60, column 'load': 'Infinity' is not a finite number"] },
        { Workplace.Series(61, "2026-01-03 11:00:00,-1e999,0.5,7"), "load", ["line 61, column 'load': '-1e999' is not a finite number"] },
        { Workplace.Series(62, "2026-01-03 12:00:00,1"), "load", ["load.csv, line 62: 2 fields, expected 4 as in the header"] },
        { Workplace.Series(63, "yesterday,1,0.5,7"), "load", ["line 63, column 'time': 'yesterday' is not a date"] },
        { "\0\u0001\u0002,\u0003\n\u0004", "load", ["load.csv, line 2: 1 fields, expected 2 as in the header"] },
        { Workplace.Series(), "mode", ["load.csv, column 'mode': the target is 7 in every row of the training part", "choose a target that changes"] },
        { Workplace.Series(), "time", ["load.csv, column 'time': the target holds dates such as '2026-01-01 00:00:00', expected a column of numbers"] },
    };

    [Theory]
    [MemberData(nameof(WrongData))]
    public async Task Train_on_wrong_data_says_where_and_keeps_the_run_that_is_there(string text, string target, string[] sayings)
    {
        await _workplace.TrainedAsync();
        IReadOnlyDictionary<string, string> before = Workplace.Snapshot(_workplace.Run);
        string data = _workplace.Write("load.csv", text);

        CommandRun run = await CommandRun.Of(["train", "forecast", "--data", data, "--target", target, "--out", _workplace.Run, .. Workplace.Small]);

        Workplace.AssertFails(run, 1, sayings);
        Assert.Equal(before, Workplace.Snapshot(_workplace.Run));
        Assert.False(Directory.Exists(_workplace.Run + ".previous"));
    }

    public static TheoryData<string[], int, string[]> WrongOptions => new()
    {
        { ["--data", "absent.csv"], 1, ["absent.csv: no such file in "] },
        { ["--data", "."], 1, ["is a folder, expected a file"] },
        { [], 2, ["--data", "carousel train --help"] },
        { ["--data", "load.csv", "--date", "load"], 1, ["column 'load' is the date and a target; choose a column of numbers as the target"] },
        { ["--data", "load.csv", "--covariate", "load"], 1, ["column 'load' is named twice"] },
        { ["--data", "load.csv", "--set", "model.window=500"], 1, ["load.csv: the training part has 112 rows, but needs 503 or more for a window of 500 and a horizon of 3", "choose smaller ones"] },
        { ["--data", "load.csv", "--set", "model.horizon=20"], 1, ["load.csv: the validation part has 16 rows, but needs 20 or more for a horizon of 20"] },
        { ["--data", "load.csv", "--set", "training.epoch=3"], 1, ["training.epoch: unknown key (did you mean 'epochs'?)"] },
        { ["--data", "load.csv", "--set", "training.epochs"], 1, ["--set training.epochs: expected key=value, such as training.epochs=20"] },
        { ["--data", "load.csv", "--set", "training.epochs=many"], 1, ["training.epochs: found \"many\", expected a whole number"] },
        { ["--data", "load.csv", "--set", "model.network.type=\"lstn\""], 1, ["lstn", "did you mean 'lstm'?"] },
        { ["--data", "load.csv", "--set", "training.batch_size=0", "--set", "model.patch=5", "--set", "split.train=2", "--quantiles", "0.9", "0.1"], 1,
            ["4 problems", "training.batch_size is 0, expected 1 or more", "model.window is 12, expected a multiple of patch 5", "split: the fractions add up to 2.3, expected 1 at most", "model.quantiles are 0.9, 0.1, expected them to rise"] },
        { ["--data", "load.csv", "--missing", "guess"], 1, ["missing: found \"guess\", expected one of error, interpolate, previous, drop"] },
        { ["--data", "load.csv", "--delimiter", "->"], 1, ["delimiter is '->', expected one character"] },
        { ["--data", "load.csv", "--set", "training.patience=-1"], 1, ["training.patience is -1, expected 0"] },
        { ["--data", "load.csv", "--season", "many"], 2, ["many", "--season"] },
        { ["--data", "load.csv", "--seed", "-1"], 2, ["'-1'", "--seed"] },
        { ["--data", "load.csv", "--taget", "load"], 2, ["'--taget'", "did you mean '--target'?"] },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public async Task Train_with_wrong_options_says_which_and_makes_no_folder(string[] options, int exitCode, string[] sayings)
    {
        string[] arguments = [.. options.Select(option => option is "load.csv" or "absent.csv" or "." ? Path.GetFullPath(_workplace.PathOf(option)) : option)];

        CommandRun run = await CommandRun.Of(["train", "forecast", "--target", "load", "--out", _workplace.Run, .. Workplace.Small, .. arguments]);

        Workplace.AssertFails(run, exitCode, sayings);
        Assert.False(Directory.Exists(_workplace.Run));
    }

    [Theory]
    [InlineData("train", "0")]
    [InlineData("train", "-3")]
    [InlineData("train", "100000")]
    [InlineData("evaluate", "0")]
    public async Task Threads_fewer_than_one_or_far_too_many_are_wrong_usage(string command, string threads)
    {
        string[] arguments = command == "train" ? ["train", "forecast", "--out", _workplace.Run] : ["evaluate", _workplace.Model];

        Workplace.AssertFails(await CommandRun.Of([.. arguments, "--data", _workplace.Data, "--threads", threads]), 2, $"--threads is {threads}, expected 1 … 1024");
    }

    public static TheoryData<string, string[]> WrongRecipes => new()
    {
        { "{ \"task\": \"forecast\", \"widow\": 3, \"training\": { \"epochz\": 1 } }", ["recipe.json has 2 problems", "widow: unknown key", "training.epochz: unknown key (did you mean 'epochs'?)"] },
        { "{ \"task\": \"forecast\", \"model\": { \"windows\": 3 } }", ["recipe.json: model.windows: unknown key (did you mean 'window'?)"] },
        { "{ \"task\": \"forcast\" }", ["task is 'forcast', expected one of forecast, lm"] },
        { "{ \"training\": { \"epochs\": 0, \"clip_norm\": -1, \"optimizer\": { \"type\": \"adamw\", \"learning_rate\": -1 } }, \"stride\": 0 }",
            ["4 problems", "training.epochs is 0", "training.clip_norm is -1", "training.optimizer.learning_rate is -1", "stride is 0"] },
        { "{ \"training\": { \"optimizer\": { \"type\": \"adamm\" } } }", ["adamm", "did you mean 'adam'?"] },
        { "{ \"training\": { \"epochs\": 1.5 } }", ["training.epochs: found 1.5, expected a whole number"] },
        { "epochs: 3\n" + "more: 4\n", ["recipe.json: is not valid JSON at line 1, column 1"] },
        { "{ \"task\": \"forecast\"", ["recipe.json: is not valid JSON at line 1"] },
        { "{ \"split\": { \"unit\": \"years\" } }", ["recipe.json: split.unit: found \"years\", expected one of fraction, rows, months"] },
        { "null", ["recipe.json: found null, expected an object"] },
        { "[]", ["recipe.json: found a list, expected an object"] },
        { "", ["recipe.json: is not valid JSON"] },
    };

    [Theory]
    [MemberData(nameof(WrongRecipes))]
    public async Task Train_with_a_wrong_recipe_lists_every_problem(string json, string[] sayings)
    {
        string recipe = _workplace.Write("recipe.json", json);

        CommandRun plain = await CommandRun.Of("train", recipe, "--data", _workplace.Data, "--target", "load", "--out", _workplace.Run);

        Workplace.AssertFails(plain, 1, sayings);
        Assert.InRange(plain.Messages.Length, 1, 2000);
        Assert.False(Directory.Exists(_workplace.Run));
    }

    [Fact]
    public async Task Train_with_a_missing_recipe_is_wrong_usage()
    {
        CommandRun run = await CommandRun.Of("train", "recipes/absent.json", "--data", _workplace.Data, "--out", _workplace.Run);

        Workplace.AssertFails(run, 2, $"'recipes/absent.json' is neither a task ({TaskCatalog.Names}) nor a recipe file");
    }

    [Fact]
    public async Task Train_that_diverges_names_layer_and_step()
    {
        CommandRun run = await _workplace.TrainAsync("--set", "training.optimizer.learning_rate=1e38");

        Workplace.AssertFails(run, 1, "the loss is not finite", "layer 'network", "Lower the learning rate");
        Assert.False(File.Exists(_workplace.Model));
    }

    [Fact]
    public async Task Failure_with_json_is_one_document_and_a_message()
    {
        CommandRun failed = await CommandRun.Of("train", "forecast", "--data", _workplace.PathOf("absent.csv"), "--out", _workplace.Run, "--json");
        CommandRun wrong = await CommandRun.Of("train", "absent.json", "--data", _workplace.Data, "--out", _workplace.Run, "--json");

        JsonElement error = failed.Document.GetProperty("error");
        Assert.Equal(["error"], failed.Document.EnumerateObject().Select(static property => property.Name));
        Assert.Equal("failed", error.GetProperty("kind").GetString());
        Assert.Contains("absent.csv: no such file", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("error: absent.csv: no such file", failed.Messages, StringComparison.Ordinal);
        Assert.Equal((1, 2), (failed.ExitCode, wrong.ExitCode));
        Assert.Equal("usage", wrong.Document.GetProperty("error").GetProperty("kind").GetString());
    }
}
