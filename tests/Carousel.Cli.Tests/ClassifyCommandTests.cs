using System.Globalization;
using System.Text.Json;

namespace Carousel.Cli.Tests;

/// <summary><c>train classify</c>, <c>evaluate</c> and <c>classify</c> on texts and on sequences of numbers.</summary>
public sealed class ClassifyCommandTests : IDisposable
{
    private static readonly string[] Small = ["--threads", "1", "--epochs", "12", "--set", "training.optimizer.learning_rate=0.02", "--set", "training.batch_size=8", "--hidden", "6"];

    private readonly Workplace _place = new();

    [Fact]
    public async Task Train_evaluate_and_classify_texts()
    {
        string data = Reviews();
        CommandRun trained = await CommandRun.Of(["train", "classify", "--data", data, "--out", _place.Run, .. Small, "--json"]);
        Assert.True(trained.ExitCode == 0, trained.Messages);
        JsonElement document = trained.Document;
        Assert.Equal(1, document.GetProperty("test").GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.Equal(5, document.GetProperty("confusion").GetProperty("good").GetProperty("good").GetDouble());
        Assert.Equal(0.5, document.GetProperty("baselines").GetProperty("most_frequent").GetProperty("accuracy").GetDouble());
        Assert.Contains("Label by label", File.ReadAllText(document.GetProperty("report").GetString()!), StringComparison.Ordinal);

        JsonElement measured = (await CommandRun.Of("evaluate", _place.Model, "--data", data, "--split", "valid", "--json")).Document;
        Assert.Equal(("classify", "valid", 10), (measured.GetProperty("task").GetString(), measured.GetProperty("split").GetString(), measured.GetProperty("examples").GetInt32()));
        CommandRun shown = await CommandRun.Of("evaluate", _place.Model, "--data", data, "--precision", "int8");
        Assert.Contains("int8: accuracy 1 (float32 1,", shown.Output, StringComparison.Ordinal);
        Assert.Contains("most frequent label", shown.Output, StringComparison.Ordinal);

        CommandRun lines = await Workplace.RunAsync(["classify", _place.Model], "a fine one\n\na grim one\n");
        Assert.Equal(0, lines.ExitCode);
        string[] answers = lines.Output.TrimEnd().Split('\n');
        Assert.Equal(3, answers.Length);
        Assert.StartsWith("good  0.", answers[0], StringComparison.Ordinal);
        Assert.StartsWith("bad   0.", answers[2], StringComparison.Ordinal);

        string more = _place.Write("more.csv", "nr,text\n1,\"fine, so fine\"\n2,grim\n");
        JsonElement items = (await CommandRun.Of("classify", _place.Model, "--input", more, "--json")).Document.GetProperty("items");
        Assert.Equal(["good", "bad"], items.EnumerateArray().Select(item => item.GetProperty("label").GetString()));
        Assert.Equal(1, items[0].GetProperty("probabilities").EnumerateObject().Sum(entry => entry.Value.GetDouble()), 1e-5);
    }

    [Fact]
    public async Task Train_and_classify_sequences_whole_and_window_by_window()
    {
        CommandRun trained = await CommandRun.Of(["train", "classify", "--data", Waves(), "--out", _place.Run, .. Small, "--set", "model.network.bidirectional=false", "--missing", "interpolate"]);
        Assert.True(trained.ExitCode == 0, trained.Messages);
        Assert.Contains("test", trained.Output, StringComparison.Ordinal);

        string rows = "a,unused\n" + string.Concat(Enumerable.Range(0, 12).Select(step => $"{(step < 6 ? 0.1 : 5 - step).ToString(CultureInfo.InvariantCulture)},x\n"));
        CommandRun whole = await Workplace.RunAsync(["classify", _place.Model, "--json"], rows);
        Assert.Equal(1, whole.Document.GetProperty("items").GetArrayLength());
        CommandRun windows = await Workplace.RunAsync(["classify", _place.Model, "--window", "6", "--hop", "3"], rows);
        Assert.Equal(["rows 1 to 6", "rows 4 to 9", "rows 7 to 12"], windows.Output.TrimEnd().Split('\n').Select(line => line[line.IndexOf("rows", StringComparison.Ordinal)..]));
        string file = _place.Write("rows.csv", rows);
        Assert.Equal(windows.Output, (await CommandRun.Of("classify", _place.Model, "--input", file, "--window", "6", "--hop", "3")).Output);
        Assert.Equal(24, (await CommandRun.Of("classify", _place.Model, "--input", _place.PathOf("waves.csv"), "--json")).Document.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Wrong_input_is_told_without_a_trace()
    {
        CommandRun trained = await CommandRun.Of(["train", "classify", "--data", Waves(), "--out", _place.Run, .. Small, "--missing", "previous"]);
        Assert.True(trained.ExitCode == 0, trained.Messages);
        Workplace.AssertFails(await Workplace.RunAsync(["classify", _place.Model, "--window", "6"], "a\n1\n"), 1, "windows need a model that runs forwards only");
        Workplace.AssertFails(await Workplace.RunAsync(["classify", _place.Model, "--window", "6", "--hop", "4"], "a\n1\n"), 2, "--window 6 --hop 4 does not fit");
        Workplace.AssertFails(await Workplace.RunAsync(["classify", _place.Model], "b\n1\n"), 1, "standard input: no column 'a'");
        Workplace.AssertFails(await Workplace.RunAsync(["classify", _place.Model], "a\n1\nx\n"), 1, "standard input, line 3, column 'a': 'x' is not a number");
        Workplace.AssertFails(await Workplace.RunAsync(["classify", _place.Model], ""), 1, "standard input: is empty");
        Workplace.AssertFails(await CommandRun.Of("classify", _place.Model, "--input", _place.PathOf("none.csv")), 1, "no such file");
        Workplace.AssertFails(await CommandRun.Of(["train", "classify", "--data", Waves(), "--out", _place.PathOf("other"), .. Small]), 1, "waves.csv, line 3, column 'a': the value is missing");
        Workplace.AssertFails(await CommandRun.Of("train", "classify", "--data", _place.PathOf("none"), "--out", _place.PathOf("other")), 1, "no such file or folder");
        Assert.False(Directory.Exists(_place.PathOf("other")));
        await _place.TrainedAsync();
        Workplace.AssertFails(await Workplace.RunAsync(["classify", _place.Model], "a\n"), 1, "holds a model for the task 'forecast', expected 'classify'");
    }

    /// <inheritdoc/>
    public void Dispose() => _place.Dispose();

    private string Reviews() => _place.Write("reviews.tsv", "sentence\tlabel\n" + string.Concat(Enumerable.Range(0, 100).Select(at =>
        $"the {(at % 5 == 0 ? "old " : "")}film is {(at % 2 == 0 ? "fine" : "grim")}{(at % 3 == 0 ? " and long" : "")}\t{(at % 2 == 0 ? "good" : "bad")}\n")));

    // 24 sequences of 4 to 7 rows, flat or falling; the second row of the first has no value.
    private string Waves() => _place.Write("waves.csv", "sequence,a,label\n" + string.Concat(Enumerable.Range(0, 24).SelectMany(sequence => Enumerable.Range(0, 4 + (sequence % 4)).Select(step =>
        $"{sequence},{(sequence == 0 && step == 1 ? "" : sequence % 2 == 0 ? "0.1" : (-step).ToString(CultureInfo.InvariantCulture))},{(sequence % 2 == 0 ? "flat" : "falling")}\n"))));
}
