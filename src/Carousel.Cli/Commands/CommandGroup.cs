using System.CommandLine;

namespace Carousel.Cli.Commands;

/// <summary>A word that only leads to other commands, such as <c>bench</c>. Alone it shows its help.</summary>
internal sealed class CommandGroup : Command, IHasExamples
{
    /// <summary>Creates the group.</summary>
    /// <param name="name">The word typed.</param>
    /// <param name="description">What its commands have in common.</param>
    /// <param name="examples">Command lines that work, without the leading <c>carousel</c>.</param>
    public CommandGroup(string name, string description, params string[] examples)
        : base(name, description)
    {
        Examples = examples;

        // Never invoked. Without an action, "Required command was not provided" would stand beside every other mistake.
        SetAction(static _ => { });
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; }
}
