using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Carousel.Cli.Commands;

/// <summary>The usual help, followed by the command's examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExamples { Examples.Count: > 0 } command)
        {
            TextWriter writer = parseResult.InvocationConfiguration.Output;
            writer.WriteLine("Examples:");
            foreach (string example in command.Examples)
            {
                writer.WriteLine($"  carousel {example}");
            }

            writer.WriteLine();
        }

        return code;
    }
}
