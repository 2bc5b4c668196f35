using System.CommandLine;
using Carousel.Cli.Output;
using Carousel.Runtime.Decoding;

namespace Carousel.Cli.Commands;

/// <summary>The options of a beam search. What is not given is as the model's recipe has it.</summary>
internal sealed class SearchOptions
{
    private readonly Option<int?> _beam = new("--beam") { Description = "Hypotheses that are followed at one time; 1 takes the most probable token at each step. Default: the recipe's, else 5.", HelpName = "number" };
    private readonly Option<int?> _best = new("--n-best") { Description = "Translations of each sentence to show, with their scores; at most the beam. Default: 1.", HelpName = "number" };
    private readonly Option<double?> _penalty = new("--length-penalty") { Description = "How much longer translations are preferred; 0 not at all. Default: the recipe's, else 0.6.", HelpName = "alpha" };
    private readonly Option<string?> _normalisation = new("--length-normalisation") { Description = "wu: ((5 + length) / 6)^alpha (Wu et al. 2016); length: length^alpha. Default: the recipe's, else wu.", HelpName = "kind" };
    private readonly Option<double?> _coverage = new("--coverage-penalty") { Description = "How much words of the source that were not looked at count against a translation. Default: the recipe's, else 0.", HelpName = "beta" };

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
    /// <param name="arguments">The command line.</param>
    /// <param name="usual">What holds where they say nothing.</param>
    /// <exception cref="UsageException">They do not fit together.</exception>
    public BeamConfig Read(ParseResult arguments, BeamConfig usual)
    {
        var config = new BeamConfig
        {
            Beam = arguments.GetValue(_beam) ?? usual.Beam,
            Best = arguments.GetValue(_best) ?? 1,
            LengthPenalty = arguments.GetValue(_penalty) ?? usual.LengthPenalty,
            Normalisation = arguments.GetValue(_normalisation) is { } name ? Enum.Parse<LengthNormalisation>(name, ignoreCase: true) : usual.Normalisation,
            CoveragePenalty = arguments.GetValue(_coverage) ?? usual.CoveragePenalty,
        };
        string[] problems = [.. config.Validate()];
        return problems.Length == 0 ? config : throw new UsageException(string.Join("; ", problems));
    }
}
