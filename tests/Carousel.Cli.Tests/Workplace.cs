using System.Globalization;
using System.Text;
using Carousel.Cli.Output;

namespace Carousel.Cli.Tests;

/// <summary>A temporary folder with a small series, and commands run on it as a person would.</summary>
internal sealed class Workplace : IDisposable
{
    /// <summary>Rows of the series.</summary>
    public const int Rows = 160;

    /// <summary>A forecaster small enough to train in a blink.</summary>
    public static readonly string[] Small = ["--window", "12", "--horizon", "3", "--hidden", "4", "--epochs", "2", "--threads", "1"];

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-cli-").FullName;

    /// <summary>Writes the series: time, load, heat, and a column that never changes.</summary>
    public Workplace() => Data = Write("load.csv", Series());

    /// <summary>The file of the series.</summary>
    public string Data { get; }

    /// <summary>Where runs go.</summary>
    public string Run => PathOf("run");

    /// <summary>The model of the run.</summary>
    public string Model => Path.Combine(Run, "model.safetensors");

    /// <summary>The series as text, with one line replaced.</summary>
    /// <param name="line">Its number, the header being 1.</param>
    /// <param name="text">What it is to hold instead; null for no change.</param>
    public static string Series(int line = 0, string? text = null)
    {
        string[] lines = ["time,load,heat,mode", .. Enumerable.Range(0, Rows).Select(static t => string.Create(
            CultureInfo.InvariantCulture, $"{new DateTime(2026, 1, 1).AddHours(t):yyyy-MM-dd HH:mm:ss},{50 + (10 * Math.Sin(t * 0.26)) + Math.Cos(t * t):F3},{Math.Cos(t * 0.26):F3},7"))];
        if (text is not null)
        {
            lines[line - 1] = text;
        }

        return string.Join('\n', lines) + "\n";
    }

    /// <summary>The path of a file here.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Writes a file here and gives its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>Trains on the column load of the series, into the run folder.</summary>
    public Task<CommandRun> TrainAsync(params IEnumerable<string> more) =>
        CommandRun.Of(["train", "forecast", "--data", Data, "--target", "load", "--out", Run, .. Small, .. more]);

    /// <summary>Trains, and expects it to work.</summary>
    public async Task<CommandRun> TrainedAsync(params IEnumerable<string> more)
    {
        CommandRun run = await TrainAsync(more);
        Assert.True(run.ExitCode == 0, run.Messages);
        return run;
    }

    /// <summary>Runs a command line with some text on standard input, or interrupted from the first moment on.</summary>
    public static async Task<CommandRun> RunAsync(IReadOnlyList<string> arguments, string input = "", bool interrupted = false)
    {
        using StringWriter output = new(), messages = new();
        using StringReader reader = new(input);
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(input));
        int code = await new CarouselApplication(TimeProvider.System, trace: false)
            .RunAsync(arguments, new ConsoleStreams(output, false, messages, false) { Input = reader, Bytes = bytes }, interrupted ? new CancellationToken(true) : TestContext.Current.CancellationToken);
        return new CommandRun(code, output.ToString(), messages.ToString());
    }

    /// <summary>Every file of a folder and its content, to see whether anything changed.</summary>
    public static IReadOnlyDictionary<string, string> Snapshot(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexString(File.ReadAllBytes(path)));

    /// <summary>A failure a person can understand: this exit code, nothing on standard output, and a message that says all of this and shows no stack trace.</summary>
    public static void AssertFails(CommandRun run, int exitCode, params IEnumerable<string> sayings)
    {
        Assert.True(run.ExitCode == exitCode, $"exit code {run.ExitCode}: {run.Messages}");
        Assert.Empty(run.Output);
        Assert.Contains("error: ", run.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("bug in Carousel", run.Messages, StringComparison.Ordinal);
        Assert.All(sayings, saying => Assert.Contains(saying, run.Messages, StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
