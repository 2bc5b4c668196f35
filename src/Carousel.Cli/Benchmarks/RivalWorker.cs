using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Carousel.Cli.Benchmarks;

/// <summary>A rival in a process of its own, which computes only while it is asked: one JSON line in, one JSON line back.</summary>
internal sealed class RivalWorker : IDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly string _command;
    private readonly TimeSpan _longestAnswer;

    /// <summary>Starts the process and reads its first line, <c>{"engine": "…", "version": "…"}</c>.</summary>
    /// <param name="command">The program; a relative path that begins with a dot is one in <paramref name="folder"/>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="threads">Its last argument.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="longestAnswer">How long to wait for a line of it; a process that takes longer is ended. Null for <see cref="UsualLongestAnswer"/>.</param>
    /// <exception cref="InvalidDataException">It ended, said nothing for so long, or said something else.</exception>
    /// <exception cref="IOException">It could not be started.</exception>
    public RivalWorker(string command, IEnumerable<string> arguments, int threads, string folder, TimeSpan? longestAnswer = null)
    {
        _command = command;
        _longestAnswer = longestAnswer ?? UsualLongestAnswer;
        string count = threads.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(command.StartsWith('.') ? Path.Combine(folder, command) : command, [.. arguments, count])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        foreach (string variable in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"])
        {
            start.Environment[variable] = count;
        }

        try
        {
            _process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"the rival '{command}' could not be started: {e.Message}; bench/comparison/get_rivals.sh builds it", e);
        }

        JsonObject greeting = Read();
        Engine = greeting["engine"]?.GetValue<string>() ?? throw new InvalidDataException($"the rival '{command}' did not name its engine, but said {greeting.ToJsonString()}");
        Version = greeting["version"]?.GetValue<string>() ?? "";
        Kernel = greeting["kernel"]?.GetValue<string>();
    }

    /// <summary>Longer than any engine needs for the calls of one question, even on a machine at work for others.</summary>
    public static TimeSpan UsualLongestAnswer { get; } = TimeSpan.FromMinutes(15);

    /// <summary>Name of the engine.</summary>
    public string Engine { get; }

    /// <summary>Its version.</summary>
    public string Version { get; }

    /// <summary>What does its arithmetic, if it said so.</summary>
    public string? Kernel { get; }

    /// <summary>The most memory that the process has held, in bytes.</summary>
    public long PeakBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Asks and waits for the answer.</summary>
    /// <exception cref="InvalidDataException">The process ended, did not answer, or answered with an error.</exception>
    public JsonObject Ask(JsonObject question)
    {
        try
        {
            _process.StandardInput.WriteLine(question.ToJsonString());
            _process.StandardInput.Flush();
        }
        catch (IOException e)
        {
            throw new InvalidDataException($"the rival '{_command}' has ended: {e.Message}", e);
        }

        JsonObject answer = Read();
        return answer["error"] is { } error ? throw new InvalidDataException($"{Engine}: {error}; asked {question.ToJsonString()}") : answer;
    }

    /// <summary>Lets the process end.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(LongestEnd))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private JsonObject Read()
    {
        Task<string?> answer = _process.StandardOutput.ReadLineAsync();
        if (!answer.Wait(_longestAnswer))
        {
            _process.Kill(entireProcessTree: true);
            throw new InvalidDataException($"the rival '{_command}' has not answered for {_longestAnswer.TotalSeconds:N0} s and was ended");
        }

        if (answer.Result is not { } line)
        {
            string end = _process.WaitForExit(LongestEnd) ? $"ended with exit code {_process.ExitCode}" : "says no more";
            throw new InvalidDataException($"the rival '{_command}' {end}");
        }

        try
        {
            return JsonNode.Parse(line) as JsonObject ?? throw new InvalidDataException($"the rival '{_command}' said '{line}', expected a JSON object");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"the rival '{_command}' said '{line}', expected a JSON object", e);
        }
    }
}
