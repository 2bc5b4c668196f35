using System.CommandLine;
using Carousel.Cli.Output;
using Carousel.Runtime.Decoding;

namespace Carousel.Cli.Commands;

/// <summary>The options of drawing tokens instead of searching for the most probable ones.</summary>
internal sealed class SamplingOptions
{
    private static readonly SamplingConfig Usual = new();

    private readonly Option<bool> _sample = new("--sample") { Description = "Draw each token by its probability instead of searching." };
    private readonly Option<double> _temperature = new("--temperature") { Description = "Below 1 keeps to what is probable, above 1 dares more. With --sample.", HelpName = "number", DefaultValueFactory = static _ => Usual.Temperature };
    private readonly Option<int> _topK = new("--top-k") { Description = "Draw from this many of the most probable tokens; 0 for all. With --sample.", HelpName = "number", DefaultValueFactory = static _ => Usual.TopK };
    private readonly Option<double> _topP = new("--top-p") { Description = "Draw from the fewest tokens that have this share of the probability. With --sample.", HelpName = "share", DefaultValueFactory = static _ => Usual.TopP };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Determines the draws of a sentence. With --sample.", HelpName = "number", DefaultValueFactory = static _ => Usual.Seed };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_sample, _temperature, _topK, _topP, _seed])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (!result.GetValue(_sample) && ((Option[])[_temperature, _topK, _topP, _seed]).FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } idle)
            {
                result.AddError($"{idle.Name} has no effect without --sample");
            }
        });
    }

    /// <summary>How to draw; null to search.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public SamplingConfig? Read(ParseResult arguments)
    {
        if (!arguments.GetValue(_sample))
        {
            return null;
        }

        var config = new SamplingConfig
        {
            Temperature = arguments.GetValue(_temperature),
            TopK = arguments.GetValue(_topK),
            TopP = arguments.GetValue(_topP),
            Seed = arguments.GetValue(_seed),
        };
        string[] problems = [.. config.Validate()];
        return problems.Length == 0 ? config : throw new UsageException(string.Join("; ", problems));
    }
}
