using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using System.Text.Json.Nodes;
using Carousel.Cli.Commands;
using Carousel.Cli.Output;
using Spectre.Console;

namespace Carousel.Cli;

/// <summary>The <c>carousel</c> command: parses a command line, runs one command, turns what happened into an exit code.</summary>
internal sealed class CarouselApplication
{
    private readonly Option<bool> _json = new("--json") { Description = "Print exactly one JSON document on standard output.", Recursive = true };
    private readonly Option<bool> _version = new("--version") { Description = "Show the version." };
    private readonly TimeProvider _clock;
    private readonly bool _trace;

    /// <summary>Builds the tree of commands.</summary>
    /// <param name="clock">The clock of progress reports.</param>
    /// <param name="trace">True to show stack traces.</param>
    public CarouselApplication(TimeProvider clock, bool trace)
    {
        _clock = clock;
        _trace = trace;
        HelpOption help = new("--help", "-h", "-?") { Recursive = true };
        help.Action = new HelpWithExamples((HelpAction)help.Action!);

        // A plain command, not a RootCommand: the help must say "carousel", not the name of the file that happens to host the process.
        Root = new CommandGroup("carousel", "Trains, shrinks, compiles and serves LSTMs in .NET.", "quickstart", "explain") { _json, _version, help };
        Root.Add(new QuickstartCommand());
        Root.Add(new TrainCommand());
        Root.Add(new EvaluateCommand());
        Root.Add(new ClassifyCommand());
        Root.Add(new ForecastCommand());
        Root.Add(new GenerateCommand());
        Root.Add(new TranslateCommand());
        Root.Add(new TranscribeCommand());
        Root.Add(new InspectCommand());
        Root.Add(new ExplainCommand());
        Root.Add(new CommandGroup("bench", "Measure this machine and Carousel on it.", "bench kernels", "bench latency", "bench throughput")
        {
            new BenchKernelsCommand(), new BenchLatencyCommand(), new BenchThroughputCommand(), new BenchTrainingCommand(),
        });
    }

    /// <summary>The command all others hang from.</summary>
    public Command Root { get; }

    /// <summary>The version of this build, such as <c>0.1.0+00dc0df</c>: the release and the commit it was built from.</summary>
    public static string Version { get; } = ShortVersion(
        typeof(CarouselApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);

    /// <summary>Runs one command line to its end.</summary>
    /// <param name="arguments">The words after <c>carousel</c>.</param>
    /// <param name="streams">Where to write.</param>
    /// <param name="cancellationToken">Set by the first Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, ConsoleStreams streams, CancellationToken cancellationToken)
    {
        ParseResult parsed = Parse(arguments);
        CommandOutput output = new(streams, parsed.Tokens.Any(token => token.Value == _json.Name), _clock);
        try
        {
            if (parsed.Action is HelpWithExamples)
            {
                return ShowHelp(parsed, streams.Output);
            }

            if (UsageProblem.Of(parsed) is { } problem)
            {
                throw new UsageException(problem);
            }

            if (parsed.GetValue(_version))
            {
                output.Result(new JsonObject { ["version"] = Version }, console => console.WriteLine(Version));
                return ExitCode.Done;
            }

            if (parsed.CommandResult.Command is CommandGroup group)
            {
                return Incomplete(group, arguments, output, streams);
            }

            await ((CliCommand)parsed.CommandResult.Command).RunAsync(parsed, output, cancellationToken).ConfigureAwait(false);
            return ExitCode.Done;
        }
#pragma warning disable CA1031 // The last place an exception can become a message and an exit code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Failure.Report(exception, output, _trace);
        }
    }

    /// <summary>Parses without running; a word that starts with @ is a word, not a file of more words.</summary>
    internal ParseResult Parse(IReadOnlyList<string> arguments) => Root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

    // "carousel" alone is a question; "carousel bench" is a command line that lacks its end.
    private int Incomplete(CommandGroup group, IReadOnlyList<string> arguments, CommandOutput output, ConsoleStreams streams)
    {
        if (output.Json)
        {
            throw new UsageException($"'{UsageProblem.FullName(group)}' needs one of: {string.Join(", ", group.Subcommands.Select(static command => command.Name))}.");
        }

        ShowHelp(Parse([.. arguments, "--help"]), group == Root ? streams.Output : streams.Messages);
        return group == Root ? ExitCode.Done : ExitCode.WrongUsage;
    }

    private static string ShortVersion(string version)
    {
        int commit = version.IndexOf('+', StringComparison.Ordinal);
        return commit >= 0 && version.Length > commit + 8 ? version[..(commit + 8)] : version;
    }

    private static int ShowHelp(ParseResult parsed, TextWriter writer) =>
        parsed.Invoke(new InvocationConfiguration { Output = writer, EnableDefaultExceptionHandler = false });
}
