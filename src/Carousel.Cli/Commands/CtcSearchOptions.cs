using System.CommandLine;
using System.CommandLine.Parsing;
using Carousel.Cli.Tasks;

namespace Carousel.Cli.Commands;

/// <summary>The options of a transcriber's search.</summary>
internal sealed class CtcSearchOptions
{
    private readonly Option<string?> _model = new("--lm") { Description = "Transcribers: the language model to search with, a Carousel model of words or characters or n-grams as ARPA text. Default: that of the model file.", HelpName = "file" };
    private readonly Option<int?> _width = new("--beam") { Description = "Transcribers: texts kept after each time step. Default: as the model file says.", HelpName = "number" };
    private readonly Option<float?> _weight = new("--lm-weight") { Description = "Transcribers: exponent of the language model's probability. Default: as the model file says.", HelpName = "alpha" };
    private readonly Option<float?> _bonus = new("--token-bonus") { Description = "Transcribers: added for each word or character of the language model, in nats. Default: as the model file says.", HelpName = "beta" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _model, _width, _weight, _bonus })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>True when none of them was given.</summary>
    public bool IsUsual(CommandResult result) => Array.TrueForAll([_model, _width, _weight, _bonus], (Option option) => result.GetResult(option) is null);

    /// <summary>The search they describe.</summary>
    public CtcSearchOrder Read(ParseResult arguments) => new(arguments.GetValue(_model), arguments.GetValue(_width), arguments.GetValue(_weight), arguments.GetValue(_bonus));
}
