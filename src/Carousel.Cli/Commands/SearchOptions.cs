using System.CommandLine;
using Carousel.Cli.Output;
using Carousel.Runtime.Decoding;

namespace Carousel.Cli.Commands;

/// <summary>The options of a beam search.</summary>
internal sealed class SearchOptions
{
    private static readonly BeamConfig Defaults = new();

    private readonly Option<int> _beam = new("--beam") { Description = "Hypotheses that are followed at one time; 1 takes the most probable token at each step.", HelpName = "number", DefaultValueFactory = _ => Defaults.Beam };
    private readonly Option<int> _best = new("--n-best") { Description = "Translations of each sentence to show, with their scores; at most the beam.", HelpName = "number", DefaultValueFactory = _ => Defaults.Best };
    private readonly Option<double> _penalty = new("--length-penalty") { Description = "How much longer translations are preferred; 0 not at all.", HelpName = "alpha", DefaultValueFactory = _ => Defaults.LengthPenalty };
    private readonly Option<string> _normalisation = new("--length-normalisation") { Description = "wu: ((5 + length) / 6)^alpha (Wu et al. 2016); length: length^alpha.", HelpName = "kind", DefaultValueFactory = _ => "wu" };
    private readonly Option<double> _coverage = new("--coverage-penalty") { Description = "How much words of the source that were not looked at count against a translation.", HelpName = "beta", DefaultValueFactory = _ => Defaults.CoveragePenalty };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _normalisation.AcceptOnlyFromAmong("wu", "length");
        foreach (Option option in new Option[] { _beam, _best, _penalty, _normalisation, _coverage })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The search they describe.</summary>
    /// <exception cref="UsageException">They do not fit together.</exception>
    public BeamConfig Read(ParseResult arguments)
    {
        var config = new BeamConfig
        {
            Beam = arguments.GetValue(_beam),
            Best = arguments.GetValue(_best),
            LengthPenalty = arguments.GetValue(_penalty),
            Normalisation = Enum.Parse<LengthNormalisation>(arguments.GetValue(_normalisation)!, ignoreCase: true),
            CoveragePenalty = arguments.GetValue(_coverage),
        };
        string[] problems = [.. config.Validate()];
        return problems.Length == 0 ? config : throw new UsageException(string.Join("; ", problems));
    }
}
