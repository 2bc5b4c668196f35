using System.Globalization;

namespace Carousel.Cli.Tests;

/// <summary>Everything a person can get wrong ends in one message that says what was found, where, and what to do; never in a stack trace.</summary>
public sealed class WrongInputTests : IDisposable
{
    private const int Rows = 200;

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-wrong-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string?, string> WrongData => new()
    {
        { "missing file", null, "no such file" },
        { "empty file", "", "is empty" },
        { "header only", "date,load\n", "no rows" },
        { "no number", Csv(load: static row => row == 120 ? "n/a" : Wave(row)), "line 122, column 'load': 'n/a' is not a number" },
        { "not a number", Csv(load: static row => row == 7 ? "NaN" : Wave(row)), "line 9, column 'load': 'NaN' is not a number" },
        { "too few rows", string.Join('\n', Csv().Split('\n').Take(21)), "needs 30 or more for a window of 24 and a horizon of 6" },
        { "constant target", Csv(load: static _ => "5"), "column 'load': the target is 5 in every row" },
        { "ragged row", Csv(load: static row => row == 3 ? "1,2,3" : Wave(row)), "line 5" },
        { "binary", "\0\u0001\u0002,\u0003\n\u0004", "data.csv" },
    };

    public static TheoryData<string[], int, string> WrongOptions => new()
    {
        { ["--target", "laod"], 1, "no column 'laod' (did you mean 'load'?)" },
        { ["--target", "date"], 1, "column 'date': the target holds dates" },
        { ["--target", "load", "--covariate", "load"], 1, "'load' is named twice" },
        { ["--target", "load", "--threads", "0"], 2, "--threads is 0, expected 1 … 1024" },
        { ["--target", "load", "--epochs", "many"], 2, "many" },
        { ["--target", "load", "--epochs", "0"], 1, "epochs is 0, expected 1 or more" },
        { ["--target", "load", "--missing", "guess"], 1, "expected one of error, interpolate, previous, drop" },
        { ["--target", "load", "--set", "training.epocs=3"], 1, "training.epocs: unknown key (did you mean 'epochs'?)" },
        { ["--target", "load", "--set", "training.patience=-1"], 1, "patience is -1, expected 0" },
        { ["--target", "load", "--quantiles", "0.9", "0.1"], 1, "expected them to rise" },
    };

    [Theory]
    [MemberData(nameof(WrongData))]
    public async Task Train_wrong_data_is_named(string what, string? content, string message)
    {
        string data = Path.Combine(_folder, "data.csv");
        if (content is not null)
        {
            await File.WriteAllTextAsync(data, content, TestContext.Current.CancellationToken);
        }

        CommandRun run = await TrainAsync(data, "--target", "load");

        AssertOneMessage(run, 1, message, what);
    }

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public async Task Train_wrong_option_is_named(string[] options, int code, string message) =>
        AssertOneMessage(await TrainAsync(await DataAsync(), options), code, message, string.Join(' ', options));

    [Theory]
    [InlineData("""{"task":"forecast","modle":{}}""", "modle: unknown key")]
    [InlineData("""{"task":"forecast","model":{"targets":["load"],"window":-3}}""", "model.window is -3")]
    [InlineData("""{"task":"forecast","split":{"unit":"years"}}""", "split")]
    [InlineData("""{"task":""", "recipe.json: is not valid JSON")]
    public async Task Train_wrong_recipe_is_named(string recipe, string message)
    {
        string path = Path.Combine(_folder, "recipe.json");
        await File.WriteAllTextAsync(path, recipe, TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.Of("train", path, "--data", await DataAsync(), "--out", Path.Combine(_folder, "run"));

        AssertOneMessage(run, 1, message, recipe);
    }

    [Fact]
    public async Task Train_output_folder_that_is_a_file_is_refused()
    {
        string data = await DataAsync();

        CommandRun run = await CommandRun.Of("train", "forecast", "--data", data, "--target", "load", "--window", "24", "--horizon", "6", "--out", Path.Combine(data, "run"));

        AssertOneMessage(run, 1, "the folder of the run cannot be made", "a file in the way");
    }

    [Fact]
    public async Task Evaluate_and_forecast_refuse_a_truncated_model()
    {
        string data = await DataAsync(), run = Path.Combine(_folder, "run"), model = Path.Combine(run, "model.safetensors");
        CommandRun trained = await CommandRun.Of("train", "forecast", "--data", data, "--target", "load", "--window", "24", "--horizon", "6", "--hidden", "4", "--epochs", "1", "--out", run);
        Assert.True(trained.ExitCode == 0, trained.Messages);
        byte[] bytes = await File.ReadAllBytesAsync(model, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(model, bytes[..^10], TestContext.Current.CancellationToken);

        AssertOneMessage(await CommandRun.Of("evaluate", model, "--data", data), 1, "model.safetensors", "evaluate");
        AssertOneMessage(await CommandRun.Of("forecast", model, "--input", data), 1, "truncated", "forecast");
    }

    private Task<CommandRun> TrainAsync(string data, params string[] options) =>
        CommandRun.Of(["train", "forecast", "--data", data, "--window", "24", "--horizon", "6", "--out", Path.Combine(_folder, "run"), .. options]);

    private async Task<string> DataAsync()
    {
        string path = Path.Combine(_folder, "load.csv");
        await File.WriteAllTextAsync(path, Csv(), TestContext.Current.CancellationToken);
        return path;
    }

    private static string Csv(Func<int, string>? load = null) => "date,load\n" + string.Concat(Enumerable.Range(0, Rows)
        .Select(row => string.Create(CultureInfo.InvariantCulture, $"{new DateTime(2020, 1, 1).AddHours(row):yyyy-MM-dd HH:mm},{(load ?? Wave)(row)}\n")));

    private static string Wave(int row) => (10 + Math.Sin(row / 4.0)).ToString(CultureInfo.InvariantCulture);

    private static void AssertOneMessage(CommandRun run, int code, string message, string what)
    {
        Assert.True(run.ExitCode == code, $"{what}: exit code {run.ExitCode}, {run.Messages}");
        Assert.Empty(run.Output);
        Assert.Contains(message, run.Messages, StringComparison.Ordinal);
        Assert.StartsWith("error: ", run.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Messages, StringComparison.Ordinal);
    }
}
