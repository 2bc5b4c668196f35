using System.Text.Json;
using System.Xml.Linq;
using Carousel.Cli.Benchmarks;
using Carousel.Cli.Output;

namespace Carousel.Cli.Tests.Benchmarks;

public sealed class InferenceCommandTests
{
    [Fact]
    public async Task Latency_as_json_has_the_fields_of_the_contract()
    {
        CommandRun run = await CommandRun.Of("bench", "latency", "--preset", "lstm_tiny", "lstm_a", "--calls", "10", "--spaced", "0", "5", "--json");
        Assert.True(run.ExitCode == ExitCode.Done, run.Messages);
        Assert.Equal(JsonValueKind.String, run.Document.GetProperty("machine").GetProperty("processor").ValueKind);
        JsonElement[] rows = [.. run.Document.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["lstm_tiny step 0", "lstm_tiny step 5", "lstm_a window 0", "lstm_a window 5", "lstm_a sliding 0", "lstm_a sliding 5"],
            rows.Select(static row => $"{row.GetProperty("preset")} {row.GetProperty("mode")} {row.GetProperty("spaced_us")}"));
        foreach (JsonElement row in rows)
        {
            Assert.Equal("float32", row.GetProperty("precision").GetString());
            Assert.Equal("carousel", row.GetProperty("engine").GetString());
            Assert.Equal(1, row.GetProperty("threads").GetInt32());
            Assert.Equal(10, row.GetProperty("calls").GetInt32());
            Assert.Equal(JsonValueKind.String, row.GetProperty("kernel").ValueKind);
            double[] us = [.. ((string[])["p50_us", "p99_us", "p999_us", "max_us"]).Select(name => row.GetProperty(name).GetDouble())];
            Assert.Equal(us.Order(), us);
            Assert.InRange(row.GetProperty("mean_us").GetDouble(), double.Epsilon, us[^1]);
            Assert.True(row.GetProperty("limit_fraction").GetDouble() > 0);
            Assert.Equal(0, row.GetProperty("allocated_bytes").GetInt64());

            // Collections are counted for the whole process, in which other tests allocate.
            Assert.Equal(JsonValueKind.Number, row.GetProperty("collections").ValueKind);
        }

        Assert.Equal(4 * ((2 * 512 * 256) + (32 * 128) + (4 * 512) + 32), rows[0].GetProperty("weight_bytes").GetInt64());
    }

    [Fact]
    public async Task Throughput_as_json_has_the_fields_of_the_contract()
    {
        CommandRun run = await CommandRun.Of("bench", "throughput", "--preset", "lstm_tiny", "--batch", "1", "4", "--calls", "5", "--json");
        Assert.True(run.ExitCode == ExitCode.Done, run.Messages);
        JsonElement[] rows = [.. run.Document.GetProperty("rows").EnumerateArray()];
        Assert.Equal([1, 4], rows.Select(static row => row.GetProperty("batch").GetInt32()));
        foreach (JsonElement row in rows)
        {
            Assert.Equal(("lstm_tiny", "float32", "carousel", 1), (row.GetProperty("preset").GetString(), row.GetProperty("precision").GetString(), row.GetProperty("engine").GetString(), row.GetProperty("threads").GetInt32()));
            double operations = 2.0 * row.GetProperty("batch").GetInt32() * ((2 * 512 * 256) + (32 * 128));
            Assert.Equal(operations / row.GetProperty("us_per_step").GetDouble() / 1e3, row.GetProperty("gops").GetDouble(), 1e-6);
            Assert.True(row.GetProperty("limit_fraction").GetDouble() > 0);
        }
    }

    [Fact]
    public async Task Latency_writes_a_page_that_is_well_formed_with_one_histogram_per_row()
    {
        string folder = Directory.CreateTempSubdirectory("carousel-page-").FullName;
        try
        {
            string page = Path.Combine(folder, "latency.html");
            CommandRun run = await CommandRun.Of("bench", "latency", "--preset", "lstm_tiny", "--calls", "100", "--html", page);
            Assert.True(run.ExitCode == ExitCode.Done, run.Messages);
            Assert.Contains("lstm_tiny", run.Output, StringComparison.Ordinal);
            Assert.Equal(
                ["Median microseconds of lstm_tiny, 1 thread", "Percent of the limit that Carousel reached", "Histogram of the durations of lstm_tiny step, carousel float32, 1 thread",
                    "Histogram of the durations of lstm_tiny step, carousel float32, 1 thread, 20 µs apart"],
                Charts(await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Page_of_several_batch_sizes_has_a_curve()
    {
        var preset = new BenchmarkModel("<&small>", 4, 3, 1, 0, 0);
        InferenceRow[] rows = [.. ((int[])[1, 8, 64]).Select(batch => new InferenceRow(new BenchmarkCell(preset.Name, preset.Build(), preset, CallMode.Sequence, "float32", 1, batch, 50),
            "carousel", "float32", "scalar", 0, [[10.0 * batch], [11.0 * batch]], 100, 10, 0.5, 0, 0))];
        string[] titles = Charts(InferencePage.Render("Throughput", new MachineFacts("a processor", 2, "a system", "a runtime"), rows));
        Assert.Equal(["Microseconds per step of <&small> over the batch size, 1 thread", "Percent of the limit that Carousel reached"], titles);
    }

    [Fact]
    public async Task Model_file_and_presets_together_are_wrong_usage()
    {
        CommandRun run = await CommandRun.Of("bench", "latency", "--preset", "lstm_tiny", "--model", "x.safetensors");
        Assert.Equal(ExitCode.WrongUsage, run.ExitCode);
        Assert.Contains("--model and --preset exclude each other", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Threads_that_cannot_be_are_wrong_usage()
    {
        CommandRun run = await CommandRun.Of("bench", "latency", "--preset", "lstm_tiny", "--threads", "0");
        Assert.Equal(ExitCode.WrongUsage, run.ExitCode);
        Assert.Contains("--threads takes whole numbers from 1 to 1024", run.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_file_is_measured_under_its_name()
    {
        string folder = Directory.CreateTempSubdirectory("carousel-model-").FullName;
        try
        {
            string path = Path.Combine(folder, "mine.safetensors");
            new BenchmarkModel("mine", 3, 4, 1, 2, 0).Build().Save(path);
            CommandRun run = await CommandRun.Of("bench", "latency", "--model", path, "--calls", "5", "--spaced", "0", "--json");
            Assert.True(run.ExitCode == ExitCode.Done, run.Messages);
            Assert.Equal("mine.safetensors", run.Document.GetProperty("rows")[0].GetProperty("preset").GetString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Rivals_that_are_not_installed_are_an_error_that_says_how_to_install_them()
    {
        CommandRun run = await CommandRun.Of("bench", "latency", "--preset", "lstm_tiny", "--calls", "5", "--rivals", Path.Combine(Path.GetTempPath(), "no-rivals-here"));
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("get_rivals.sh", run.Messages, StringComparison.Ordinal);
    }

    private static string[] Charts(string page)
    {
        const string Doctype = "<!DOCTYPE html>";
        Assert.StartsWith(Doctype, page, StringComparison.Ordinal);
        XNamespace svg = "http://www.w3.org/2000/svg";
        return [.. XDocument.Parse(page[Doctype.Length..]).Descendants(svg + "svg").Where(static drawing => (string?)drawing.Attribute("class") == "chart").Select(drawing => drawing.Element(svg + "title")!.Value)];
    }
}
