using Carousel.Runtime.Decoding;

namespace Carousel.Runtime.Predictors;

/// <summary>How a text is continued.</summary>
public sealed record GenerationConfig
{
    /// <summary>How tokens are drawn.</summary>
    public SamplingConfig Sampling { get; init; } = new();

    /// <summary>Most tokens to write, 0 or more.</summary>
    /// <value>200</value>
    public int Tokens { get; init; } = 200;

    /// <summary>Strings before which the text ends; none of them empty.</summary>
    /// <value>None.</value>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Every problem of this record, each as one sentence; empty when it is sound.</summary>
    public IEnumerable<string> Validate()
    {
        if (Tokens < 0)
        {
            yield return $"tokens is {Tokens}, expected 0 or more";
        }

        if (Stop.Any(string.IsNullOrEmpty))
        {
            yield return "stop holds an empty string, expected strings of one character or more";
        }

        foreach (string problem in Sampling.Validate())
        {
            yield return $"sampling.{problem}";
        }
    }
}
