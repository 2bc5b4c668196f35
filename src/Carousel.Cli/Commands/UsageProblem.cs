using System.CommandLine;
using System.CommandLine.Parsing;
using Carousel.Runtime.Models;

namespace Carousel.Cli.Commands;

/// <summary>Says what is wrong with a command line, and what was probably meant.</summary>
internal static class UsageProblem
{
    /// <summary>The message, or null when the command line is in order.</summary>
    /// <param name="parsed">The command line.</param>
    public static string? Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.Errors.Count == 0)
        {
            return null;
        }

        IEnumerable<string> lines = parsed.Errors.Select(error => error.Message + Suggestion(error, parsed, command));
        return string.Join(Environment.NewLine, [.. lines, $"See '{FullName(command)} --help'."]);
    }

    /// <summary>The words that lead to a command, <c>carousel</c> first.</summary>
    public static string FullName(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{FullName(parent)} {command.Name}" : command.Name;

    private static string Suggestion(ParseError error, ParseResult parsed, Command command)
    {
        string? unknown = parsed.UnmatchedTokens.FirstOrDefault(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal));
        if (unknown is null)
        {
            return "";
        }

        IEnumerable<string> known = unknown.StartsWith('-')
            ? command.Options.Concat(command.Parents.OfType<Command>().SelectMany(static parent => parent.Options.Where(static option => option.Recursive))).Select(static option => option.Name)
            : command.Subcommands.Select(static subcommand => subcommand.Name);
        return NearestName.Hint(unknown, known);
    }
}
