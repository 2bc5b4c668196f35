using System.Text.Json;

namespace Carousel.Cli.Tests;

/// <summary>train, evaluate and forecast as a person uses them one after another.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly Workplace _workplace = new();

    public void Dispose() => _workplace.Dispose();

    [Fact]
    public async Task Train_json_is_one_document_with_the_fields_scripts_rely_on()
    {
        JsonElement document = (await _workplace.TrainedAsync("--json")).Document;

        Assert.Equal(_workplace.Run, document.GetProperty("run").GetString());
        Assert.Equal("forecast", document.GetProperty("task").GetString());
        Assert.True(document.GetProperty("seconds").GetDouble() > 0);
        Assert.True(document.GetProperty("steps").GetInt32() > 0);
        Assert.InRange(document.GetProperty("best").GetProperty("step").GetInt32(), 1, document.GetProperty("steps").GetInt32());
        Assert.True(document.GetProperty("best").GetProperty("metrics").GetProperty("mse").GetDouble() > 0);
        Assert.True(document.GetProperty("test").GetProperty("metrics").GetProperty("mse").GetDouble() > 0);
        Assert.True(document.GetProperty("baselines").GetProperty("naive").GetProperty("mse").GetDouble() > 0);
        Assert.Equal((4 * 4 * (1 + 4)) + (2 * 4 * 4) + (3 * 4) + 3, document.GetProperty("parameters").GetInt64());
        Assert.Equal(_workplace.Model, document.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Evaluate_gives_the_test_metrics_that_train_printed()
    {
        CommandRun train = await _workplace.TrainedAsync("--json"), evaluate = await CommandRun.Of("evaluate", _workplace.Model, "--data", _workplace.Data, "--json");

        JsonElement document = evaluate.Document;
        Assert.Equal(0, evaluate.ExitCode);
        Assert.Equal(train.Document.GetProperty("test").GetProperty("metrics").GetRawText().ReplaceLineEndings(""), document.GetProperty("metrics").GetRawText().ReplaceLineEndings(""), ignoreAllWhiteSpace: true);
        Assert.Equal(train.Document.GetProperty("baselines").GetRawText(), document.GetProperty("baselines").GetRawText());
        Assert.Equal((_workplace.Model, "forecast", "test"), (document.GetProperty("model").GetString(), document.GetProperty("task").GetString(), document.GetProperty("split").GetString()));
        Assert.Equal(32 - 3 + 1, document.GetProperty("examples").GetInt32());
    }

    [Fact]
    public async Task Evaluate_in_a_precision_of_the_runtime_says_what_it_costs()
    {
        string expected = (await _workplace.TrainedAsync("--json")).Document.GetProperty("test").GetProperty("metrics").GetProperty("mse").GetRawText();

        JsonElement exact = (await EvaluateAsync("float32", "--json")).Document, low = (await EvaluateAsync("int8", "--json")).Document;

        Assert.Equal(expected, exact.GetProperty("metrics").GetProperty("mse").GetRawText());
        Assert.Equal(0, exact.GetProperty("largest_output_difference").GetDouble());
        Assert.Equal("int8", low.GetProperty("precision").GetString());
        Assert.Equal(expected, low.GetProperty("float32").GetProperty("mse").GetRawText());
        Assert.NotEqual(expected, low.GetProperty("metrics").GetProperty("mse").GetRawText());
        Assert.InRange(low.GetProperty("largest_output_difference").GetDouble(), 1e-9, 0.1);
        Assert.Contains("int8: mse", (await EvaluateAsync("int8")).Output, StringComparison.Ordinal);
        Workplace.AssertFails(await EvaluateAsync("int7"), 2, "'int7'", "bfloat16");

        Task<CommandRun> EvaluateAsync(string precision, params string[] more) => CommandRun.Of(["evaluate", _workplace.Model, "--data", _workplace.Data, "--precision", precision, .. more]);
    }

    [Fact]
    public async Task Evaluate_on_the_validation_part_gives_the_metrics_the_model_was_chosen_by()
    {
        JsonElement best = (await _workplace.TrainedAsync("--json")).Document.GetProperty("best").GetProperty("metrics");

        JsonElement metrics = (await CommandRun.Of("evaluate", _workplace.Model, "--data", _workplace.Data, "--split", "valid", "--json")).Document.GetProperty("metrics");

        Assert.Equal(best.GetProperty("mse").GetDouble(), metrics.GetProperty("mse").GetDouble());
        Workplace.AssertFails(await CommandRun.Of("evaluate", _workplace.Model, "--data", _workplace.Data, "--split", "all"), 2, "'all'", "test");
    }

    [Fact]
    public async Task Train_same_command_twice_and_with_two_threads_writes_the_same_model()
    {
        await _workplace.TrainedAsync();
        string first = Workplace.Snapshot(_workplace.Run)["model.safetensors"];
        await _workplace.TrainedAsync();
        string second = Workplace.Snapshot(_workplace.Run)["model.safetensors"];
        CommandRun threads = await CommandRun.Of("train", "forecast", "--data", _workplace.Data, "--target", "load", "--out", _workplace.Run, "--window", "12", "--horizon", "3", "--hidden", "4", "--epochs", "2", "--threads", "2");

        Assert.Equal(first, second);
        Assert.Equal(0, threads.ExitCode);
        Assert.Equal(first, Workplace.Snapshot(_workplace.Run)["model.safetensors"]);
    }

    [Fact]
    public async Task Forecast_of_a_file_and_of_standard_input_are_the_same()
    {
        await _workplace.TrainedAsync();

        CommandRun file = await CommandRun.Of("forecast", _workplace.Model, "--input", _workplace.Data, "--json");
        CommandRun piped = await Workplace.RunAsync(["forecast", _workplace.Model, "--json"], Workplace.Series());
        CommandRun text = await Workplace.RunAsync(["forecast", _workplace.Model, "--input", "-"], Workplace.Series());

        Assert.Equal((0, 0, 0), (file.ExitCode, piped.ExitCode, text.ExitCode));
        Assert.Equal(file.Output, piped.Output);
        JsonElement[] rows = [.. file.Document.GetProperty("rows").EnumerateArray()];
        Assert.Equal([1, 2, 3], rows.Select(static row => row.GetProperty("ahead").GetInt32()));
        Assert.Equal("2026-01-07T16:00:00", rows[0].GetProperty("time").GetString());
        Assert.All(rows, static row => Assert.InRange(row.GetProperty("values").GetProperty("load").GetDouble(), 30, 70));
        Assert.Contains("2026-01-07 16:00", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forecast_of_input_that_does_not_fit_says_so()
    {
        await _workplace.TrainedAsync();
        string header = Workplace.Series().Split('\n')[0], five = string.Join('\n', Workplace.Series().Split('\n').Take(6));

        Workplace.AssertFails(await Workplace.RunAsync(["forecast", _workplace.Model], ""), 1, "standard input: is empty");
        Workplace.AssertFails(await Workplace.RunAsync(["forecast", _workplace.Model], header), 1, "standard input: has a header but no rows");
        Workplace.AssertFails(await Workplace.RunAsync(["forecast", _workplace.Model], five), 1, "standard input: 5 rows, but the model looks back on 12");
        Workplace.AssertFails(await Workplace.RunAsync(["forecast", _workplace.Model], "time,laod\n2026-01-01,1\n"), 1, "standard input: no column 'load' (did you mean 'laod'?)");
        Workplace.AssertFails(await CommandRun.Of("evaluate", _workplace.Model, "--data", _workplace.Write("short.csv", five)), 1, "short.csv: ");
    }

    [Fact]
    public async Task Quantiles_go_through_train_evaluate_and_forecast()
    {
        JsonElement train = (await _workplace.TrainedAsync("--quantiles", "0.1", "0.5", "0.9", "--set", "training.epochs=30", "--json")).Document;
        JsonElement evaluate = (await CommandRun.Of("evaluate", _workplace.Model, "--data", _workplace.Data, "--json")).Document.GetProperty("metrics");
        JsonElement forecast = (await CommandRun.Of("forecast", _workplace.Model, "--input", _workplace.Data, "--json")).Document;
        CommandRun text = await CommandRun.Of("forecast", _workplace.Model, "--input", _workplace.Data);

        double loss = train.GetProperty("test").GetProperty("metrics").GetProperty("quantile_loss").GetDouble();
        Assert.Equal(loss, evaluate.GetProperty("quantile_loss").GetDouble());
        Assert.Equal(2 * loss, evaluate.GetProperty("crps").GetDouble());
        Assert.True(loss > 0);
        Assert.All(forecast.GetProperty("rows").EnumerateArray(), static row =>
        {
            JsonElement values = row.GetProperty("values").GetProperty("load");
            Assert.Equal(["0.1", "0.5", "0.9"], values.EnumerateObject().Select(static value => value.Name));
            Assert.InRange(values.GetProperty("0.5").GetDouble(), values.GetProperty("0.1").GetDouble(), values.GetProperty("0.9").GetDouble());
        });
        Assert.Contains("load 10 %", text.Output, StringComparison.Ordinal);
        Assert.Contains("load 90 %", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_targets_with_a_covariate_go_through_train_evaluate_and_forecast()
    {
        JsonElement train = (await _workplace.TrainedAsync("--target", "heat", "--covariate", "mode", "--json")).Document;
        JsonElement evaluate = (await CommandRun.Of("evaluate", _workplace.Model, "--data", _workplace.Data, "--json")).Document;
        JsonElement forecast = (await CommandRun.Of("forecast", _workplace.Model, "--input", _workplace.Data, "--json")).Document;

        Assert.Equal(train.GetProperty("test").GetProperty("metrics").GetProperty("mae").GetDouble(), evaluate.GetProperty("metrics").GetProperty("mae").GetDouble());
        Assert.All(forecast.GetProperty("rows").EnumerateArray(), static row =>
            Assert.Equal(["load", "heat"], row.GetProperty("values").EnumerateObject().Select(static value => value.Name)));
    }

    [Fact]
    public async Task Train_with_a_constant_covariate_warns_and_goes_on()
    {
        CommandRun run = await _workplace.TrainedAsync("--covariate", "mode");

        Assert.Contains("warning: load.csv: covariate 'mode' is constant", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipe_of_a_run_trains_the_same_model_again()
    {
        await _workplace.TrainedAsync();

        CommandRun again = await CommandRun.Of("train", Path.Combine(_workplace.Run, "recipe.json"), "--data", _workplace.Data, "--out", _workplace.PathOf("again"));

        Assert.True(again.ExitCode == 0, again.Messages);
        Assert.Equal(Workplace.Snapshot(_workplace.Run)["model.safetensors"], Workplace.Snapshot(_workplace.PathOf("again"))["model.safetensors"]);
    }

    [Fact]
    public async Task Train_says_whether_an_expected_figure_was_reached()
    {
        CommandRun reached = await _workplace.TrainedAsync("--set", "expected.mse=100"), missed = await _workplace.TrainedAsync("--set", "expected.mse=0.0001");

        Assert.Contains("expected 100.0000 or less: reached", reached.Output, StringComparison.Ordinal);
        Assert.Contains("expected 0.0001 or less: missed", missed.Output, StringComparison.Ordinal);
    }
}
