using System.CommandLine;
using Carousel.Cli.Output;

namespace Carousel.Cli.Commands;

/// <summary>One command: its options, its examples and what it does.</summary>
/// <param name="name">The word typed.</param>
/// <param name="description">What it does, in one sentence.</param>
/// <param name="examples">Command lines that work, without the leading <c>carousel</c>; shown in the help and parsed by the tests.</param>
internal abstract class CliCommand(string name, string description, params string[] examples) : Command(name, description), IHasExamples
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Examples => examples;

    /// <summary>Does the work; a failure is an exception.</summary>
    /// <param name="arguments">The parsed command line, without errors.</param>
    /// <param name="output">Where to say what was found.</param>
    /// <param name="cancellationToken">Set by Ctrl-C: stop soon and leave everything in order.</param>
    public abstract Task RunAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellationToken);
}
