using System.Diagnostics;
using System.Text.Json;
using Carousel.Data;

namespace Carousel.Cli.Tests;

/// <summary>What only a process of its own can show: signals and exit codes.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-process-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Interrupted_training_exits_130_and_resumes_to_the_bits_of_an_uninterrupted_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends SIGINT");
        string data = Path.Combine(_folder, "passengers.csv");
        await File.WriteAllTextAsync(data, await AirlinePassengers.OpenText().ReadToEndAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        string[] train = ["train", "forecast", "--data", data, "--window", "24", "--horizon", "6", "--hidden", "16", "--epochs", "400", "--threads", "1", "--json"];
        string whole = Path.Combine(_folder, "whole"), cut = Path.Combine(_folder, "cut");

        using Process interrupted = Start([.. train, "--out", cut]);
        await WaitForHistoryAsync(Path.Combine(cut, "history.jsonl"), interrupted);
        await InterruptAsync(interrupted);
        (int code, string output, string messages) = await EndAsync(interrupted);
        Assert.True(code == 130, $"exit code {code}: {messages}");
        Assert.True(File.Exists(Path.Combine(cut, "checkpoint.safetensors")), "no checkpoint was saved");
        using (var document = JsonDocument.Parse(output))
        {
            Assert.Equal("cancelled", document.RootElement.GetProperty("error").GetProperty("kind").GetString());
        }

        using Process resumed = Start([.. train, "--out", cut, "--resume"]), uninterrupted = Start([.. train, "--out", whole]);
        Assert.Equal(0, (await EndAsync(resumed)).Code);
        Assert.Equal(0, (await EndAsync(uninterrupted)).Code);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(whole, "model.safetensors"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(cut, "model.safetensors"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Explain_lists_the_emitted_kernels_first()
    {
        using Process process = Start(["explain", "--json"]);
        (int code, string output, string messages) = await EndAsync(process);
        Assert.True(code == 0, messages);
        using var document = JsonDocument.Parse(output);
        Assert.Equal("avx512-vnni", document.RootElement.GetProperty("kernels")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("CAROUSEL_JIT", "0", "turned off by CAROUSEL_JIT=0")]
    [InlineData("DOTNET_EnableAVX512", "0", "DOTNET_EnableAVX512 does not offer")]
    [InlineData("CAROUSEL_KERNELS", "portable", "")]
    public async Task Explain_without_emitted_code_multiplies_bf16_by_rounding(string variable, string value, string reason)
    {
        using Process process = Start(["explain", "--json"], (variable, value));
        (int code, string output, string messages) = await EndAsync(process);
        Assert.True(code == 0, messages);
        using var document = JsonDocument.Parse(output);
        JsonElement[] products = [.. document.RootElement.GetProperty("bf16_products").EnumerateArray()];
        Assert.Equal(["amx-bf16", "avx512-bf16", "rounded"], products.Select(product => product.GetProperty("name").GetString()));
        Assert.Equal("rounded", Assert.Single(products, product => product.GetProperty("selected").GetBoolean()).GetProperty("name").GetString());
        Assert.All(products[..2], product => Assert.Contains(reason, product.GetProperty("reason").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Interrupted_twice_training_ends_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends SIGINT");
        string data = Path.Combine(_folder, "wave.csv"), run = Path.Combine(_folder, "run");
        await File.WriteAllLinesAsync(data, ["wave", .. Enumerable.Range(0, 4000).Select(static t => $"{Math.Sin(t * 0.1):F4}")], TestContext.Current.CancellationToken);

        // One update of this network takes seconds, and the first signal waits for its end.
        using Process process = Start(["train", "forecast", "--data", data, "--window", "2000", "--horizon", "1", "--hidden", "512", "--set", "training.batch_size=16", "--threads", "1", "--out", run]);
        await WaitForHistoryAsync(Path.Combine(run, "history.jsonl"), process);
        TimeSpan worked = process.TotalProcessorTime;
        while (process.TotalProcessorTime - worked < TimeSpan.FromSeconds(0.5))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            process.Refresh();
        }

        await InterruptAsync(process);
        Assert.Equal("stopping; once more to stop at once", await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken));
        await InterruptAsync(process);

        (int code, _, string messages) = await EndAsync(process);
        Assert.Equal(130, code);
        Assert.Empty(messages);
        Assert.False(File.Exists(Path.Combine(run, "checkpoint.safetensors")), "the update came to its end");
    }

    [Fact]
    public async Task Disk_that_fills_up_exits_1_says_where_and_leaves_nothing_half_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell that limits the size of files");
        string data = Path.Combine(_folder, "wave.csv"), run = Path.Combine(_folder, "run");
        await File.WriteAllLinesAsync(data, ["wave", .. Enumerable.Range(0, 200).Select(static t => $"{Math.Sin(t * 0.1):F4}")], TestContext.Current.CancellationToken);
        string[] train = ["train", "forecast", "--data", data, "--window", "24", "--horizon", "6", "--hidden", "16", "--epochs", "2", "--threads", "1"];
        using (Process first = Start([.. train, "--out", run]))
        {
            Assert.Equal(0, (await EndAsync(first)).Code);
        }

        // Eight blocks of 512 or 1024 bytes hold the recipe and the history, but not the model. The signal would end the process before the error can, and
        // the runtime's own memory is a file larger than that unless told otherwise.
        using Process limited = Start(
            "/bin/sh",
            ["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", Dotnet, typeof(CarouselApplication).Assembly.Location, .. train, "--out", run],
            ("DOTNET_EnableWriteXorExecute", "0"),
            ("DOTNET_EnableDiagnostics", "0"));

        (int code, string output, string messages) = await EndAsync(limited);
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains($"error: {Path.Combine(run, "model.safetensors")}: cannot be written: the file would be larger than ", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", messages, StringComparison.Ordinal);
        Assert.Equal(["history.jsonl", "recipe.json"], Workplace.Snapshot(run).Keys.Order());
        Assert.Contains("model.safetensors", Workplace.Snapshot(run + ".previous").Keys);

        using Process resumed = Start([.. train, "--out", run, "--resume"]);
        Assert.Equal(0, (await EndAsync(resumed)).Code);
        Assert.Equal(Workplace.Snapshot(run + ".previous")["model.safetensors"], Workplace.Snapshot(run)["model.safetensors"]);
    }

    [Fact]
    public async Task Second_run_into_a_folder_is_refused_until_the_first_was_killed()
    {
        string data = Path.Combine(_folder, "wave.csv"), run = Path.Combine(_folder, "run");
        await File.WriteAllLinesAsync(data, ["wave", .. Enumerable.Range(0, 200).Select(static t => $"{Math.Sin(t * 0.1):F4}")], TestContext.Current.CancellationToken);
        string[] train = ["train", "forecast", "--data", data, "--window", "24", "--horizon", "6", "--hidden", "16", "--threads", "1", "--out", run];
        using Process first = Start([.. train, "--epochs", "100000"]);
        try
        {
            await WaitForHistoryAsync(Path.Combine(run, "history.jsonl"), first);
            foreach (string[] more in new string[][] { [], ["--resume"] })
            {
                Workplace.AssertFails(await CommandRun.Of([.. train, "--epochs", "1", .. more]), 1, $"{run}: another run is being written in this folder", "choose another folder");
            }

            Assert.False(first.HasExited);
        }
        finally
        {
            first.Kill();
        }

        await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        CommandRun second = await CommandRun.Of([.. train, "--epochs", "1"]);
        Assert.True(second.ExitCode == 0, second.Messages);
        Assert.Contains("a run was already there", second.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_command_exits_1_with_one_line_on_standard_error()
    {
        using Process process = Start(["inspect", Path.Combine(_folder, "absent.safetensors")]);

        (int code, string output, string messages) = await EndAsync(process);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Equal("absent.safetensors: there is no such file", Assert.Single(messages.Split('\n', StringSplitOptions.RemoveEmptyEntries))[^"absent.safetensors: there is no such file".Length..]);
    }

    [Fact]
    public async Task Unknown_kernel_set_exits_1_and_names_those_there_are()
    {
        using Process process = Start(["explain"], ("CAROUSEL_KERNELS", "quantum"));

        (int code, _, string messages) = await EndAsync(process);

        Assert.Equal(1, code);
        Assert.Contains("CAROUSEL_KERNELS='quantum'", messages, StringComparison.Ordinal);
        Assert.Contains("scalar", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", messages, StringComparison.Ordinal);
    }

    private static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static async Task InterruptAsync(Process process)
    {
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static Process Start(IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment) =>
        Start(Dotnet, [typeof(CarouselApplication).Assembly.Location, .. arguments], environment);

    private static Process Start(string program, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    // The history's first line is written when training is well under way.
    private static async Task WaitForHistoryAsync(string path, Process process)
    {
        var watch = Stopwatch.StartNew();
        while (!File.Exists(path))
        {
            Assert.False(process.HasExited, "training ended before it could be interrupted");
            Assert.True(watch.Elapsed < Patience, "training did not begin");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<(int Code, string Output, string Messages)> EndAsync(Process process)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token), messages = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await messages);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
