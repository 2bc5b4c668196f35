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
        using (Process kill = Process.Start("kill", ["-INT", $"{interrupted.Id}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

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

    private static Process Start(IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(CarouselApplication).Assembly.Location, .. arguments])
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
